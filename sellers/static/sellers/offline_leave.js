// The sign-out page: says what would be lost, and clears this phone before the session ends.
(() => {
  const place = document.querySelector("[data-leaving]");
  const form = place.closest("main, body").querySelector("form[method=post]");
  let cleared = false;

  async function begin() {
    if (!self.indexedDB || !self.BroadcastChannel) return;
    const unsent = (await OfflineStore.everybodys()).filter(OfflineStore.unsent);
    if (!unsent.length) return;
    place.hidden = false;
    place.querySelector("[data-number]").textContent = unsent.length;
    place.querySelector("input").required = true;
  }

  form.addEventListener("submit", async (event) => {
    if (cleared) return;
    event.preventDefault();
    cleared = true;
    await OfflineStore.clear().catch(() => {});
    form.requestSubmit();
  });

  begin();
})();
