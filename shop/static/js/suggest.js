/* Suggestions below the search box while one types, by the combobox pattern of WAI-ARIA. Without this script the form searches as ever. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-suggest]");
  if (!form || !window.fetch) return;
  const input = form.querySelector("input[type=search]");
  const PAUSE = 120;
  const kept = new Map();
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.querySelector("label").textContent);
  list.hidden = true;
  input.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) {
    input.setAttribute(name, value);
  }
  let timer = 0;
  let at = -1;

  function choose(place) {
    const options = list.children;
    if (at >= 0 && options[at]) options[at].setAttribute("aria-selected", "false");
    at = place;
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[at].id);
  }

  function show(on) {
    choose(-1);
    list.hidden = !on;
    input.setAttribute("aria-expanded", String(on));
  }

  function fill(html) {
    choose(-1);
    list.innerHTML = html;
    show(list.children.length > 0 && document.activeElement === input);
  }

  async function ask() {
    const typed = input.value.trim();
    if (!typed) return show(false);
    if (!kept.has(typed)) {
      try {
        const answer = await fetch(form.dataset.suggest + "?q=" + encodeURIComponent(typed.slice(0, 80)));
        if (!answer.ok) return;
        kept.set(typed, await answer.text());
      } catch {
        return;
      }
    }
    // An answer that comes late is not for what stands there now.
    if (typed === input.value.trim()) fill(kept.get(typed));
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  input.addEventListener("input", (event) => { if (!event.isComposing) soon(); });
  input.addEventListener("compositionend", soon);
  input.addEventListener("blur", () => show(false));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = list.children.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (last < 0) return;
      event.preventDefault();
      if (list.hidden) show(true);
      const down = event.key === "ArrowDown";
      choose(down ? (at < last ? at + 1 : -1) : (at < 0 ? last : at - 1));
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(list.children[at].dataset.url);
    }
  });
  // Before the box loses the focus, and with it the list.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
})();
