// Counts down to the beginning of a flash sale; without this script the page says when it begins.
"use strict";
const line = document.getElementById("countdown");
if (line) {
  const begins = new Date(line.dataset.begins).getTime();
  const shown = line.querySelector("[role=timer]");
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    const left = Math.max(0, Math.ceil((begins - Date.now()) / 1000));
    shown.textContent = left ? [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map(two).join(":") : line.dataset.now;
    if (left) setTimeout(tick, 1000 - (Date.now() % 1000));
  };
  tick();
}
