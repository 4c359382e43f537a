// Fills the lists of cities, counties and village points as soon as the one above is chosen; without this script a button does it.
"use strict";
const field = (name) => document.getElementById("id_" + name);
const [province, city, county, pickup, station] = ["province", "city", "county", "pickup_county", "station"].map(field);
let cities = [];

async function ask(query, list) {
  list.disabled = true;
  try {
    const answer = await fetch(province.form.dataset.places + "?" + query);
    return answer.ok ? (await answer.json()).options : [];
  } finally {
    list.disabled = false;
  }
}

function fill(list, options) {
  list.length = 1;
  for (const [code, name] of options) list.add(new Option(name, code));
  if (options.length === 1) list.selectedIndex = 1;
}

async function showCounties() {
  if (!cities.length && province.value) cities = await ask("parent=" + province.value, county);
  const chosen = cities.find(([code]) => code === city.value);
  fill(county, chosen ? chosen[2] : []);
}

province.addEventListener("change", async () => {
  cities = province.value ? await ask("parent=" + province.value, city) : [];
  fill(city, cities);
  showCounties();
});
city.addEventListener("change", showCounties);
if (pickup) pickup.addEventListener("change", async () => fill(station, pickup.value ? await ask("points=" + pickup.value, station) : []));
for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
