// Shows what needs passkeys where the browser has them, and says it when the device's own dialogue ends without one.
if (window.PublicKeyCredential) {
  document.querySelectorAll('[data-needs-passkeys]').forEach((element) => { element.hidden = false })
  document.querySelectorAll('[data-no-passkeys]').forEach((element) => { element.hidden = true })
}
document.addEventListener('allauth.error', (event) => {
  event.preventDefault()
  document.querySelectorAll('[data-passkey-trouble]').forEach((element) => { element.hidden = false })
})
