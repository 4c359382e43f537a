// The visible queue: what this phone keeps, what becomes of each form, and what can be done with it.
(() => {
  const root = document.querySelector("[data-offline=list]");
  const { owner } = OfflineDesk;
  const rows = root.querySelector("[data-forms]");
  const template = document.querySelector("[data-row]").content;
  const words = Object.fromEntries([...root.querySelectorAll("[data-word]")].map((word) => [word.dataset.word, word]));
  const say = (word) => words[word].textContent.trim();
  let end = "";

  // Where a form is filled in: the screens of an opening (OfflineForm), or what another script has put here under its kind.
  const doors = {};
  const doorOf = (form) => doors[form.kind] ?? self.OfflineForm;

  self.OfflineList = { doors, doorOf, root, say, show };

  async function show() {
    const forms = await OfflineStore.formsOf(owner);
    rows.replaceChildren(...forms.map(row));
    root.querySelector("[data-none]").hidden = forms.length > 0;
    root.querySelector("[data-wipe]").hidden = !forms.length;
    root.querySelector("[data-send]").hidden = !forms.some((form) => form.state === "waiting");
    const line = root.querySelector("[data-line]");
    const word = words[navigator.onLine ? { signed_out: "signed_out", other: "other", offline: "no_line" }[end] ?? "line" : "no_line"];
    line.replaceChildren(...word.cloneNode(true).childNodes);
  }

  function row(form) {
    const item = template.cloneNode(true).firstElementChild;
    item.dataset.state = form.state;
    item.querySelector("[data-name]").textContent = form.label || say("nameless");
    const screen = doorOf(form).placeOf(form);
    const begun = screen ? `${say("draft")}: ${say("screen").replace("#", screen)}` : say("draft");
    const until = form.state === "done" ? "" : ` · ${say("until")} ${day(OfflineStore.expiresAt(form))}`;
    item.querySelector("[data-state]").textContent =
      (form.state === "draft" ? begun : say(form.state)) + until;
    item.querySelector("[data-why]").textContent = form.message ?? "";
    item.querySelector("[data-buttons]").append(...buttons(form));
    return item;
  }

  function* buttons(form) {
    if (form.state === "draft") yield button("go_on", "leaf", () => doorOf(form).open(form));
    if (form.url) yield link(form);
    if (form.state === "attention" && !form.url) yield button("again", "quiet", () => sendAgain(form));
    if (form.state !== "sending") yield button("delete", "quiet", (event) => sure(event.currentTarget, form));
  }

  function button(word, look, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = look;
    made.textContent = say(word);
    made.addEventListener("click", act);
    return made;
  }

  function link(form) {
    const made = document.createElement("a");
    made.className = form.state === "attention" ? "button" : "button quiet";
    made.href = form.url;
    made.textContent = say("show");
    return made;
  }

  // What has not arrived anywhere else is deleted at the second press.
  async function sure(pressed, form) {
    const gone = form.state === "done" || form.url;
    if (!gone && pressed.dataset.sure === undefined) {
      pressed.dataset.sure = "";
      pressed.className = "danger";
      pressed.textContent = say("surely");
      return;
    }
    await OfflineStore.remove(form.nonce);
    OfflineStore.tell();
  }

  async function sendAgain(form) {
    await OfflineStore.keep({ ...form, state: "waiting", message: "" });
    await OfflineDesk.send();
  }

  function day(date) {
    return date.toLocaleDateString(document.documentElement.lang, { month: "long", day: "numeric" });
  }

  function hear(news) {
    end = news?.end ?? end;
    if (!root.hidden) show();
  }

  new BroadcastChannel(OfflineStore.CHANNEL).onmessage = (event) => hear(event.data);
  self.addEventListener("offline-news", (event) => hear(event.detail));
  for (const change of ["online", "offline"]) self.addEventListener(change, () => hear());
  root.querySelector("[data-send]").addEventListener("click", () => OfflineDesk.send());
  root.querySelector("[data-clear]").addEventListener("click", async () => {
    for (const form of await OfflineStore.formsOf(owner)) await OfflineStore.remove(form.nonce);
    OfflineStore.tell();
  });
})();
