// The five screens without a line, one at a time. Every answer and photograph is kept at once, so that a killed tab loses nothing.
(() => {
  const SCREENS = ["farmer", "identity", "mandate", "store", "review"];
  const PHONE = /^1[3-9]\d{9}$/;
  const page = document.querySelector("[data-offline=form]");
  const list = document.querySelector("[data-offline=list]");
  const sections = Object.fromEntries([...page.querySelectorAll("[data-screen]")].map((section) => [section.dataset.screen, section]));
  const controls = [...page.elements].filter((control) => control.name);
  const fault = page.querySelector("[data-fault]");
  const villages = page.dataset.villages ? JSON.parse(page.dataset.villages) : null;
  const { say } = OfflineList;
  let form = null;
  let pending = Promise.resolve();

  self.OfflineForm = { open, placeOf: (one) => SCREENS.indexOf(one.screen) + 1 };

  const field = (name) => page.elements.namedItem(name);
  const valueOf = (name) => form.fields[name] ?? "";

  function anew() {
    const station = field("farmer-station");
    return {
      nonce: crypto.randomUUID(), owner: OfflineDesk.owner, sync: OfflineDesk.sync, created: Date.now(), state: "draft",
      station: station.value, screen: "farmer", first: "farmer", fields: {}, photographs: {}, attempts: 0, label: "", base: null, word: false,
    };
  }

  // Opens a form at the screen where it stands.
  function open(one) {
    form = one;
    page.reset();
    for (const control of controls) restore(control);
    for (const input of page.querySelectorAll("[data-check]")) input.dispatchEvent(new Event("input"));
    for (const input of page.querySelectorAll("[type=file]")) preview(input);
    list.hidden = true;
    page.hidden = false;
    history.replaceState(null, "", `#form=${form.nonce}`);
    turn(form.screen);
  }

  function restore(control) {
    const kept = form.fields[control.name];
    if (control.type === "file" || control.disabled && control.type === "checkbox") return;
    if (control.name === "farmer-station") control.value = form.station;
    else if (control.type === "checkbox") control.checked = begun(control) ? kept === "on" : control.defaultChecked;
    else if (control.type === "radio") control.checked = kept === undefined ? control.defaultChecked : control.value === kept;
    else if (kept !== undefined) control.value = kept;
  }

  // Whether the screen of this control has been answered before.
  function begun(control) {
    const screen = `${control.name.split("-")[0]}-`;
    return Object.keys(form.fields).some((name) => name.startsWith(screen));
  }

  // What stands on the page now: of the questions for the other kind of seller nothing is taken.
  function collect() {
    const fields = {};
    for (const control of controls) {
      const chosen = control.type !== "checkbox" && control.type !== "radio" || control.checked;
      const counts = control.type !== "file" && !control.matches("fieldset:disabled *") && !skipped(control);
      if (counts && chosen && control.value !== "") fields[control.name] = control.value;
    }
    if (form.base) fields["farmer-kind"] = form.fields["farmer-kind"];
    form.fields = fields;
    form.station = field("farmer-station").value;
    if (!form.base) form.label = valueOf("farmer-name");
  }

  function skipped(control) {
    const screen = control.closest("[data-screen]").dataset.screen;
    return SCREENS.indexOf(screen) < SCREENS.indexOf(form.first);
  }

  function keep() {
    const kept = form;
    pending = pending.then(async () => {
      if (kept.state !== "draft") return true;
      try {
        await OfflineStore.keep(kept);
        OfflineStore.tell();
        return true;
      } catch (refused) {
        complain(say(refused instanceof OfflineStore.Full && refused.message === "forms" ? "full_forms" : "full_bytes"));
        return false;
      }
    });
    return pending;
  }

  function turn(screen) {
    form.screen = screen;
    for (const [name, section] of Object.entries(sections)) section.hidden = name !== screen;
    const organisation = valueOf("farmer-kind") && valueOf("farmer-kind") !== "household";
    for (const set of page.querySelectorAll("[data-kind]")) set.hidden = set.disabled = (set.dataset.kind === "household") === organisation;
    chooseVillages();
    if (screen === "store") suggest();
    if (screen === "review") review();
    page.querySelector("[data-who]").textContent = form.label ? `${form.label} ·` : "";
    page.querySelector("[data-place]").textContent = say("screen").replace("#", SCREENS.indexOf(screen) + 1);
    page.querySelector("[data-back]").hidden = screen === form.first;
    fault.hidden = true;
    showPaper();
    scrollTo(0, 0);
    sections[screen].querySelector("fieldset:not([hidden]) h1, :scope > h1").focus({ preventScroll: true });
  }

  function chooseVillages() {
    const place = page.querySelector("[data-village-choice]");
    if (!place || !villages) return;
    const served = villages[form.station] ?? [];
    const select = place.querySelector("select");
    for (const option of select.options) option.hidden = option.disabled = option.value !== "" && !served.includes(option.value);
    place.hidden = select.disabled = served.length < 2;
  }

  function suggest() {
    const place = page.querySelector("[data-names]");
    const name = form.label;
    const family = page.dataset.surnames.split(" ").includes(name.slice(0, 2)) && name.length > 2 ? 2 : 1;
    const person = /^[\u4e00-\u9fff]{2,4}$/.test(name);
    place.hidden = !person || valueOf("farmer-kind") !== "household";
    if (place.hidden) return;
    const given = name.slice(family);
    const names = [`${given.length > 1 ? given : name}家的农货`, `${name.slice(0, family)}家土货铺`];
    place.replaceChildren(`${say("take_name")}: `, ...names.map((offered) => {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", className: "quiet block", lang: "zh-Hans", textContent: offered });
      made.addEventListener("click", () => { field("store-name").value = offered; collect(); keep(); });
      return made;
    }));
  }

  function showPaper() {
    const paper = valueOf("mandate-how") !== "code";
    page.querySelector("[data-paper]").hidden = !paper;
  }

  function review() {
    const number = valueOf("identity-identity") || valueOf("identity-licence_code");
    const texts = { number: number && `****${number.slice(-4)}`, mandate: say(valueOf("mandate-how") === "code" ? "by_code" : "by_paper") };
    for (const place of page.querySelectorAll("[data-show]")) {
      const text = texts[place.dataset.show] ?? valueOf(place.dataset.show);
      place.textContent = place.dataset.show === "farmer-name" ? form.label : text;
      place.hidden = place.previousElementSibling.hidden = !place.textContent;
    }
    const shown = Object.values(form.photographs).map((photograph) => drawn(photograph, document.createElement("li")));
    page.querySelector("[data-photographs]").replaceChildren(...shown);
  }

  // A picture from a file of this phone, drawn: the content policy lets no blob into an <img>.
  function drawn(blob, place) {
    createImageBitmap(blob).then((bitmap) => {
      const canvas = document.createElement("canvas");
      const scale = Math.min(1, 480 / bitmap.width);
      canvas.width = bitmap.width * scale;
      canvas.height = bitmap.height * scale;
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      bitmap.close();
      place.replaceChildren(canvas);
    }).catch(() => {});
    return place;
  }

  function preview(input) {
    let place = input.parentElement.querySelector(".preview");
    if (!place) {
      place = Object.assign(document.createElement("p"), { className: "preview" });
      input.after(place);
    }
    const photograph = form.photographs[input.name];
    place.replaceChildren();
    if (photograph) {
      const canvas = drawn(photograph, document.createElement("span"));
      place.append(canvas, Object.assign(document.createElement("small"), { textContent: say("kept") }));
    }
    input.required = false;
  }

  // shrink.js has made the photograph small by then, or is about to.
  async function photographed(input) {
    await input.shrinking;
    const file = input.files[0];
    if (!file) return;
    const before = form.photographs[input.name];
    form.photographs[input.name] = file;
    if (!(await keep())) {
      if (before) form.photographs[input.name] = before;
      else delete form.photographs[input.name];
    } else preview(input);
    input.value = "";
  }

  function complain(text, control) {
    fault.querySelector("p").textContent = text;
    fault.hidden = false;
    (control ?? fault).focus();
    return false;
  }

  // What the phone can check by itself: what must be filled in, the phone's digits, the check characters, the signed paper.
  function right(screen) {
    const section = sections[screen];
    const inside = controls.filter((control) => section.contains(control) && !control.matches("fieldset:disabled *") && !control.closest("[hidden]"));
    const phone = field("farmer-phone");
    const digits = phone.value.normalize("NFKC").replace(/[\s-]/g, "").replace(/^(\+86|0086)/, "");
    phone.setCustomValidity(phone.value && !PHONE.test(digits) ? say("bad_phone") : "");
    for (const input of inside.filter((control) => control.dataset.check))
      input.setCustomValidity(input.parentElement.querySelector(".said-at-once.bad") ? say("bad_number") : "");
    const wrong = inside.find((control) => control.type !== "file" && !control.checkValidity());
    if (wrong) {
      wrong.closest("details")?.setAttribute("open", "");
      return complain(wrong.validationMessage, wrong);
    }
    if (screen === "mandate" && valueOf("mandate-how") !== "code" && !form.photographs["mandate-paper"]) return complain(say("no_paper"));
    if (screen === "identity" && inside.some((control) => control.name === "identity-licence") && !form.photographs["identity-licence"])
      return complain(say("no_licence"));
    return true;
  }

  async function next(screen) {
    collect();
    if (!right(screen) || !(await keep())) return;
    turn(SCREENS[SCREENS.indexOf(screen) + 1]);
    keep();
  }

  async function finish() {
    for (const screen of SCREENS.slice(SCREENS.indexOf(form.first), -1)) {
      turn(screen);
      if (!right(screen)) return;
    }
    await pending;
    // Questions for the other kind of seller, and a paper that is not the farmer's word, stay behind.
    if (valueOf("mandate-how") === "code") delete form.photographs["mandate-paper"];
    if (valueOf("farmer-kind") === "household") delete form.photographs["identity-licence"];
    Object.assign(form, { state: "waiting", screen: "review", filledInAt: new Date().toISOString() });
    await OfflineStore.keep(form);
    leave();
    OfflineDesk.send();
    const registration = await navigator.serviceWorker?.ready;
    await registration?.sync?.register("daylily-forms").catch(() => {});
  }

  function leave() {
    form = null;
    page.hidden = true;
    list.hidden = false;
    history.replaceState(null, "", location.pathname);
    OfflineStore.tell();
    OfflineList.show();
    list.querySelector("h1").scrollIntoView();
  }

  async function begin() {
    list.querySelector("[data-elsewhere]").hidden = location.pathname === page.dataset.home;
    list.hidden = false;
    await OfflineList.show();
    const nonce = new URLSearchParams(location.hash.slice(1)).get("form");
    const kept = nonce && (await OfflineStore.find(nonce));
    if (kept && kept.owner === OfflineDesk.owner && kept.state === "draft") OfflineList.doorOf(kept).open(kept);
  }

  let soon = 0;
  page.addEventListener("input", (event) => {
    event.target.setCustomValidity?.("");
    collect();
    showPaper();
    clearTimeout(soon);
    soon = setTimeout(keep, 200);
  });
  page.addEventListener("change", (event) => {
    if (event.target.type === "file") photographed(event.target);
    else { collect(); keep(); }
  });
  page.addEventListener("submit", (event) => event.preventDefault());
  for (const button of page.querySelectorAll("[data-next]")) button.addEventListener("click", () => next(form.screen));
  page.querySelector("[data-before]").addEventListener("click", () => turn(SCREENS[SCREENS.indexOf(form.screen) - 1]));
  page.querySelector("[data-later]").addEventListener("click", async () => { collect(); if (await keep()) leave(); });
  page.querySelector("[data-finish]").addEventListener("click", finish);
  list.querySelector("[data-new]").addEventListener("click", async () => {
    const one = anew();
    try {
      await OfflineStore.keep(one);
      open(one);
    } catch (refused) {
      const full = list.querySelector("[data-full]");
      full.querySelector("p").textContent = say(refused.message === "forms" ? "full_forms" : "full_bytes");
      full.hidden = false;
    }
  });
  begin();
})();
