// On every page of the desk: registers the worker, keeps the offline page fresh, counts what this phone keeps, and sends it when the
// line is back. Everything is known by the owner: whoever signs in next never sees it.
(() => {
  const { owner, sync, worker, version, pages } = document.currentScript.dataset;
  const PAGES = "daylily-pages";
  const A_DAY = 24 * 3600 * 1000;
  const AGAIN = 30_000;
  let again = 0;

  self.OfflineDesk = { owner, sync, send, takeAlong };

  async function begin() {
    await OfflineStore.expire(owner);
    await count();
    const news = new BroadcastChannel(OfflineStore.CHANNEL);
    news.onmessage = count;
    self.addEventListener("offline-news", count);
    self.addEventListener("online", send);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
    for (const button of document.querySelectorAll("[data-take-along]")) offer(button);
    if (worker && navigator.serviceWorker) await keepApp();
    await send();
  }

  // How many forms there are of each kind, in the bar under the head.
  async function count() {
    const forms = owner ? await OfflineStore.formsOf(owner) : [];
    const kinds = { draft: ["draft"], waiting: ["waiting", "sending"], attention: ["attention"] };
    let shown = false;
    for (const [kind, states] of Object.entries(kinds)) {
      const number = forms.filter((form) => states.includes(form.state)).length;
      for (const place of document.querySelectorAll(`[data-count=${kind}]`)) {
        place.hidden = !number;
        place.querySelector("b").textContent = number;
      }
      shown ||= number > 0;
    }
    for (const bar of document.querySelectorAll("[data-offline-bar]")) bar.hidden = !shown;
  }

  // Sends what waits. A line that is there but does not carry is tried again after half a minute, as long as somebody looks.
  async function send() {
    if (!navigator.locks) return "offline";
    clearTimeout(again);
    const end = await OfflineSend.send();
    if (end === "offline" && navigator.onLine) again = setTimeout(() => document.visibilityState === "visible" && send(), AGAIN);
    return end;
  }

  async function keepApp() {
    await navigator.serviceWorker.register(worker, { scope: "/" });
    await keepPages();
    const registration = await navigator.serviceWorker.ready;
    const waiting = (await OfflineStore.formsOf(owner)).some((form) => form.state === "waiting");
    if (waiting && registration.sync) await registration.sync.register("daylily-forms").catch(() => {});
  }

  // The offline page of both languages: fetched anew for another owner, another version, or after a day.
  async function keepPages() {
    const known = await OfflineStore.noted("pages");
    const kept = await caches.open(PAGES);
    if (known && known.owner !== owner) for (const request of await kept.keys()) await kept.delete(request);
    if (known?.owner === owner && known.version === version && Date.now() - known.at < A_DAY) return;
    for (const page of pages.split(" ")) {
      const response = await fetch(page, { cache: "no-store" }).catch(() => null);
      const refused = response?.status === 403; // somebody without a station: asked again tomorrow
      if (!refused && (!response?.ok || response.redirected)) return;
      if (!refused) await kept.put(page, response);
    }
    await OfflineStore.note("pages", { owner, version, at: Date.now() });
  }

  // The button that takes an opening along: what is still to be filled in goes on without a line.
  function offer(button) {
    if (!worker || !navigator.serviceWorker) return;
    button.closest("[hidden]").hidden = false;
    button.addEventListener("click", async () => {
      const said = button.parentElement.querySelector("[role=status]");
      try {
        const nonce = await takeAlong(button.dataset.takeAlong);
        location.assign(`${button.dataset.page}#form=${nonce}`);
      } catch (refused) {
        said.textContent = refused instanceof OfflineStore.Full ? button.dataset.full : button.dataset.failed;
      }
    });
  }

  async function takeAlong(address) {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    const { base, label, station, kind, step, word, fields } = await response.json();
    const known = (await OfflineStore.formsOf(owner)).find((form) => form.state === "draft" && form.base?.ref === base.ref);
    if (known) return known.nonce;
    const form = {
      nonce: crypto.randomUUID(), owner, sync, created: Date.now(), state: "draft", station, screen: word ? "store" : step,
      fields: { ...fields, "farmer-kind": kind }, photographs: {}, attempts: 0, label, base, word, first: word ? "store" : step,
    };
    await OfflineStore.keep(form);
    return form.nonce;
  }

  begin();
})();
