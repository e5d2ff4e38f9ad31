"use strict";
// What a page of the site adds to the theme.

// The explorables ask the <html> element for the theme; the theme says it on <body>, "auto" meaning the reader's system.
function tellTheme() {
  const said = document.body.dataset.theme;
  if (said === "light" || said === "dark") document.documentElement.dataset.theme = said;
  else delete document.documentElement.dataset.theme;
}

// The theme's own words that have no Chinese.
const CHINESE = {
  "Back to top": "回到顶部", "On this page": "本页", "Contents": "目录", "Skip to content": "跳到正文",
  "Toggle Light / Dark / Auto color theme": "浅色、深色、跟随系统", "Toggle site navigation sidebar": "打开全书目录", "Toggle table of contents sidebar": "打开本页目录",
};
function inChinese() {
  for (const element of document.querySelectorAll("[aria-label], [title]")) for (const name of ["aria-label", "title"])
    if (CHINESE[element.getAttribute(name)]) element.setAttribute(name, CHINESE[element.getAttribute(name)]);
  for (const element of document.querySelectorAll(".back-to-top span, .toc-title, .skip-to-content, .visually-hidden"))
    element.textContent = CHINESE[element.textContent.trim()] ?? element.textContent;
}

// The cell that is being read: the first one that begins in the upper third of the window, else the last one above it.
function cellInView() {
  const cells = [...document.querySelectorAll(".cell-start")], top = cell => cell.getBoundingClientRect().top;
  const cell = cells.find(cell => top(cell) >= 0 && top(cell) < innerHeight / 3) ?? cells.findLast(cell => top(cell) < 0);
  return scrollY > 50 && cell ? "#" + cell.id : "";
}

// What scrolls sideways does so by keyboard, too.
function reachWide() {
  for (const box of document.querySelectorAll("div.highlight pre, .output pre, .table-wrapper, mjx-container[display]")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// What was not scrolled to has not been loaded; on paper it has to be there.
async function onPaper() {
  const lazy = [...document.querySelectorAll("[loading=lazy]")].map(element => new Promise(done => {
    if (element.complete) return done();
    element.onload = element.onerror = done;
    element.loading = "eager";
    setTimeout(done, 5000);                                           // a frame that was there already says nothing more
  }));
  await Promise.all(lazy);
  print();
}

document.addEventListener("DOMContentLoaded", () => {
  if (document.documentElement.lang.startsWith("zh")) inChinese();
  tellTheme();
  new MutationObserver(tellTheme).observe(document.body, { attributeFilter: ["data-theme"] });

  // The other language, at the same cell; one more such link stays in view while the reader scrolls.
  const language = document.querySelector("a.language");
  if (language) {
    const floating = document.body.appendChild(language.cloneNode(true));
    floating.classList.add("floating");
    for (const link of [language, floating]) link.addEventListener("click", () => { link.hash = cellInView(); });
  }
  // The start page shows what was read to its end; this browser alone keeps it.
  const end = document.getElementById("cell-navigation"), entry = location.pathname.match(/\/(\d\d|E\d\d)_[^/]*$/)?.[1];
  if (end && entry) new IntersectionObserver(seen => { if (seen.some(part => part.isIntersecting)) localStorage.setItem("course:read:" + entry, 1); }).observe(end);
  document.querySelector("button.print")?.addEventListener("click", onPaper);

  // Two things that the theme and myst-nb leave unsaid or say twice.
  for (const caption of document.querySelectorAll("p.caption[role=heading]")) caption.ariaLevel = 2;
  for (const summary of document.querySelectorAll("details.hide > summary")) summary.removeAttribute("aria-label");
  reachWide();
  addEventListener("resize", reachWide);
  window.MathJax?.startup?.promise?.then(reachWide);
});
