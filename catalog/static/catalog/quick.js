// A listing in one screen: names that are one tap, what goes with a name filled in, the photograph shown. The form works without it.
(() => {
  const CHIPS = 6;
  const page = document.querySelector("[data-quick]");
  const named = (name) => page.elements.namedItem(`listing-${name}`);
  const options = [...document.getElementById("listing-names").options];
  const chips = page.querySelector("[data-chips]");
  const camera = page.querySelector(".camera");
  const said = camera.querySelector(".said");
  let ownKind = false; // the kind was chosen by hand: no name changes it any more
  let ownPack = false;

  function begin() {
    chips.replaceChildren(...options.slice(0, CHIPS).map(chip));
    chips.hidden = !options.length;
    ownKind = named("category").value !== "";
    named("name").addEventListener("input", follow);
    named("category").addEventListener("change", () => { ownKind = named("category").value !== ""; show(); });
    page.addEventListener("change", (event) => {
      if (event.target.name === "listing-pack" && event.isTrusted) ownPack = true;
      if (event.target.type === "file") photographed(event.target);
      show();
    });
    show();
  }

  function chip(option) {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: option.value });
    made.setAttribute("aria-pressed", "false");
    made.addEventListener("click", () => {
      named("name").value = option.value;
      named("name").dispatchEvent(new Event("input", { bubbles: true }));
      follow();
    });
    return made;
  }

  // What goes with the name: its kind, and the pack that the county mostly sells it in.
  function follow() {
    const name = named("name").value.replace(/\s+/g, "");
    const option = options.find((one) => one.value.replace(/\s+/g, "") === name);
    if (option && !ownKind) named("category").value = option.dataset.category;
    if (option && !ownPack) {
      for (const radio of named("pack")) radio.checked = radio.value === option.dataset.pack;
      if (option.dataset.kilograms) named("grams").value = option.dataset.kilograms;
    }
    show();
  }

  function show() {
    const name = named("name").value;
    for (const button of chips.children) button.setAttribute("aria-pressed", String(button.textContent === name));
    for (const place of page.querySelectorAll("[data-when]")) {
      const [field, value] = place.dataset.when.split("=");
      place.hidden = named(field).value !== value;
    }
    const units = page.querySelector("[data-units]");
    units.hidden = named("pack").value !== "weight";
    units.textContent = units.dataset.units;
    price();
    page.dispatchEvent(new CustomEvent("quick-shown"));
  }

  // What like goods sold for: of the same name, else of the kind; the whole list stays for who has no script.
  function price() {
    const list = page.querySelector("[data-prices]");
    if (!list) return;
    list.hidden = true;
    const name = named("name").value.replace(/\s+/g, "").toLowerCase();
    const rows = [...list.querySelectorAll("li")].filter((row) => row.dataset.category === named("category").value);
    const found = rows.find((row) => row.dataset.alike === name) ?? rows.find((row) => !row.dataset.alike);
    const line = page.querySelector("[data-price]");
    line.hidden = !found;
    line.textContent = found ? found.lastChild.textContent.trim() : "";
  }

  async function photographed(input) {
    await input.shrinking;
    if (input.files[0]) preview(input.files[0]);
  }

  // Drawn: the content policy lets no blob into an <img>.
  async function preview(file) {
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (!bitmap) return;
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, 720 / bitmap.width);
    canvas.width = bitmap.width * scale;
    canvas.height = bitmap.height * scale;
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    camera.querySelector("canvas")?.remove();
    camera.prepend(canvas);
    camera.classList.add("shown");
    said.textContent = said.dataset.again;
  }

  // As it was before anything was typed.
  function clear() {
    camera.querySelector("canvas")?.remove();
    camera.classList.remove("shown", "kept");
    said.textContent = said.dataset.first;
    ownKind = ownPack = false;
  }

  self.QuickListing = { page, named, preview, show, clear };
  begin();
})();
