// A listing without a line: kept on the phone as it is typed, sent when the line is back. On the offline page it is the form of that page;
// on the desk's own page it steps in where the line is gone when the button is pressed.
(() => {
  const KIND = "listing";
  const PATIENCE = 6000;
  const { page, named, preview, clear } = QuickListing;
  const away = page.dataset.away !== undefined;
  const photograph = "listing-photograph";
  let form = null;
  let pending = Promise.resolve();
  let sure = false;

  const day = (back) => {
    const date = new Date(Date.now() - back * 24 * 3600 * 1000);
    return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  };

  // A reference like the server's own: sixteen random bytes, in letters that an address takes.
  function reference() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function anew() {
    return {
      nonce: crypto.randomUUID(), owner: OfflineDesk.owner, sync: OfflineDesk.sync, kind: KIND, created: Date.now(), state: "draft", screen: "",
      station: "", fields: {}, photographs: {}, attempts: 0, label: "", base: null,
    };
  }

  function collect() {
    const fields = {};
    for (const control of page.elements) {
      const counts = control.name?.startsWith("listing-") && control.type !== "file" && !control.closest("[hidden]");
      if (counts && (control.type !== "radio" || control.checked) && control.value !== "") fields[control.name] = control.value;
    }
    fields["listing-ref"] = named("ref").value;
    fields["listing-store"] ??= page.dataset.store;
    form.fields = fields;
    form.station = named("store")?.selectedOptions[0].dataset.station ?? page.dataset.station;
    form.label = fields["listing-name"] ?? named("store")?.selectedOptions[0].textContent ?? "";
  }

  function keep() {
    const kept = form;
    pending = pending.then(async () => {
      try {
        await OfflineStore.keep(kept);
        OfflineStore.tell();
        return true;
      } catch (refused) {
        complain(self.OfflineList ? OfflineList.say(refused.message === "forms" ? "full_forms" : "full_bytes") : page.dataset.full);
        return false;
      }
    });
    return pending;
  }

  function complain(text) {
    const fault = page.querySelector("[data-fault]");
    fault.querySelector("[data-text]").textContent = text;
    fault.hidden = false;
    fault.focus();
  }

  async function photographed(input) {
    await input.shrinking;
    const file = input.files[0];
    if (!file || !form) return;
    form.photographs[photograph] = file;
    input.required = false;
    if (await keep()) page.querySelector("[data-fault]").hidden = true;
  }

  // What the day was is said as a day: tomorrow 'today' would be another one.
  function dated(fields) {
    const chosen = fields["listing-harvest"];
    if (chosen !== "today" && chosen !== "yesterday") return fields;
    return { ...fields, "listing-harvest": "day", "listing-harvested_on": day(chosen === "today" ? 0 : 1) };
  }

  // Into the queue; true where the phone had room for it.
  async function finish() {
    await pending;
    form.fields = dated(form.fields);
    Object.assign(form, { state: "waiting", filledInAt: new Date().toISOString() });
    if (!(await keep())) return false;
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.sync?.register("daylily-forms").catch(() => {});
    return true;
  }

  function open(one) {
    form = one;
    page.reset();
    clear();
    for (const [name, value] of Object.entries(one.fields)) {
      const control = page.elements.namedItem(name);
      if (control) control.value = value;
    }
    const input = named("photograph");
    input.value = "";
    input.required = !one.photographs[photograph];
    if (one.photographs[photograph]) preview(one.photographs[photograph]);
    QuickListing.show();
    page.querySelector("[data-fault]").hidden = true;
    OfflineList.root.hidden = true;
    page.hidden = false;
    history.replaceState(null, "", `#form=${one.nonce}`);
    scrollTo(0, 0);
    page.querySelector("h1").focus({ preventScroll: true });
  }

  function leave() {
    form = null;
    page.hidden = true;
    OfflineList.root.hidden = false;
    history.replaceState(null, "", location.pathname);
    OfflineStore.tell();
    OfflineList.show();
    OfflineList.root.querySelector("h1").scrollIntoView();
  }

  function beginAway() {
    OfflineList.doors[KIND] = { open, placeOf: () => 0 };
    OfflineList.root.querySelector(`[data-new-of=${KIND}]`).addEventListener("click", async () => {
      const one = anew();
      one.fields = { "listing-ref": reference() };
      open(one);
    });
    let soon = 0;
    page.addEventListener("input", () => {
      collect();
      clearTimeout(soon);
      soon = setTimeout(keep, 200);
    });
    page.addEventListener("change", (event) => {
      if (event.target.type === "file") photographed(event.target);
      else if (form) { collect(); keep(); }
    });
    page.addEventListener("submit", async (event) => {
      event.preventDefault();
      await named("photograph").shrinking;
      await photographed(named("photograph"));
      if (!form.photographs[photograph]) return complain(page.querySelector("[data-no-photograph]").textContent);
      collect();
      if (!(await finish())) return;
      leave();
      OfflineDesk.send();
    });
    page.querySelector("[data-later]").addEventListener("click", async () => { collect(); if (await keep()) leave(); });
  }

  async function isLine() {
    if (!navigator.onLine) return false;
    const wait = { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout?.(PATIENCE) };
    return fetch(OfflineDesk.sync, wait).then(() => true, () => false);
  }

  // The button on the desk's own page: as ever with a line; without one the phone keeps what was typed.
  function beginHere() {
    page.addEventListener("submit", async (event) => {
      if (sure) return;
      event.preventDefault();
      await named("photograph").shrinking;
      const file = named("photograph").files[0];
      sure = !file || await isLine(); // a photograph that the server keeps already can only be sent to it
      if (sure) return page.requestSubmit();
      form = anew();
      collect();
      form.photographs[photograph] = file;
      if (await finish()) location.assign(page.dataset.queue);
    });
  }

  if (away) beginAway();
  else if (page.dataset.queue && self.OfflineDesk?.owner && self.indexedDB && navigator.serviceWorker) beginHere();
})();
