/* The last character of an identity number (GB 11643-1999) or of a unified social credit code (GB 32100-2015) is worked out from the
   others: a slip is said at once, while the card lies on the table. The server decides. */
(function () {
  "use strict";
  const ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";

  function plain(text) {
    return text.normalize("NFKC").replace(/[\s-]/g, "").toUpperCase();
  }

  function identityFits(number) {
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const sum = weights.reduce((total, weight, place) => total + weight * Number(number[place]), 0);
    return /^\d{17}[\dX]$/.test(number) && "10X98765432"[sum % 11] === number[17];
  }

  function licenceFits(code) {
    let sum = 0;
    let weight = 1;
    for (let place = 0; place < 17; place += 1) {
      const value = ALPHABET.indexOf(code[place]);
      if (value < 0) return false;
      sum += value * weight;
      weight = (weight * 3) % 31;
    }
    return ALPHABET[(31 - (sum % 31)) % 31] === code[17];
  }

  function watch(input) {
    const fits = input.dataset.check === "licence" ? licenceFits : identityFits;
    const line = document.createElement("p");
    line.className = "said-at-once";
    line.setAttribute("role", "status");
    input.insertAdjacentElement("afterend", line);
    const say = () => {
      const number = plain(input.value);
      const complete = number.length >= 18;
      const good = complete && number.length === 18 && fits(number);
      line.textContent = complete ? (good ? input.dataset.good : input.dataset.bad) : "";
      line.classList.toggle("good", good);
      line.classList.toggle("bad", complete && !good);
    };
    input.addEventListener("input", say);
    // What the server found wrong stands above; a good mark below would deny it. It speaks again once something else is typed.
    if (input.getAttribute("aria-invalid") !== "true") say();
  }

  document.querySelectorAll("input[data-check]").forEach(watch);
})();
