"use strict";
// What a page of the site adds to the theme.

// The explorables ask the <html> element for the theme; the theme says it on <body>, "auto" meaning the reader's system.
function tellTheme() {
  const said = document.body.dataset.theme;
  if (said === "light" || said === "dark") document.documentElement.dataset.theme = said;
  else delete document.documentElement.dataset.theme;
}

// The cell that is being read: the last one that begins above the upper third of the window.
function cellInView() {
  const above = [...document.querySelectorAll(".cell-start")].filter(cell => cell.getBoundingClientRect().top < innerHeight / 3);
  return scrollY > 50 && above.length ? "#" + above.at(-1).id : "";
}

document.addEventListener("DOMContentLoaded", () => {
  tellTheme();
  new MutationObserver(tellTheme).observe(document.body, { attributeFilter: ["data-theme"] });

  // The other language, at the same cell; one more such link stays in view while the reader scrolls.
  const language = document.querySelector("a.language");
  if (language) {
    const floating = document.body.appendChild(language.cloneNode(true));
    floating.classList.add("floating");
    for (const link of [language, floating]) link.addEventListener("click", () => { link.hash = cellInView(); });
  }
  document.querySelector("button.print")?.addEventListener("click", () => print());

  for (const wide of document.querySelectorAll("div.highlight pre, .output pre, .table-wrapper")) wide.tabIndex = 0;      // what scrolls sideways, by keyboard too
});
