"use strict";
// What all pages share; explorer.py says how pages use it.

const english = document.documentElement.lang === "en";
const say = pair => pair.split(" || ")[+english];                     // "中文 || English" -> the reader's side

const number = (v, digits = 2) => {                                   // a real minus sign, and no minus before zero
  const text = Math.abs(v).toFixed(digits);
  return v < 0 && +text ? "−" + text : text;
};

const SIGNED = [[8, 32, 92], [63, 111, 168], [150, 150, 150], [217, 184, 74], [255, 246, 184]];      // the same as plotting.heat_strip
const heat = v => {                                                   // colour of a number between −1 and 1; lighter is larger
  const at = (Math.max(-1, Math.min(1, v)) + 1) * 2, k = Math.min(3, Math.floor(at));
  return `rgb(${SIGNED[k].map((c, i) => Math.round(c + (at - k) * (SIGNED[k + 1][i] - c)))})`;
};
const inkOn = v => v < -0.35 ? "#fff" : "#000";                       // text that can be read on heat(v)

const picture = (svg, markup) => { svg.innerHTML = markup; };

// A labelled range control in `into`. `moved(value)` is called when the learner moves it; show(value) moves it from the page.
function slider({ into, id, label, min, max, step = 1, value, digits = 0, moved }) {
  const box = document.createElement("label"), input = document.createElement("input"), output = document.createElement("output");
  const name = document.createElement("span");
  name.innerHTML = label;
  box.className = "slider";
  Object.assign(input, { id, type: "range", min, max, step });
  const show = v => { input.value = v; output.textContent = number(v, digits); };
  input.oninput = () => { show(+input.value); moved(+input.value); };
  show(value);
  box.append(name, input, output);
  into.append(box);
  return { input, show };
}

document.addEventListener("DOMContentLoaded", () => {                 // the page's own markup: keep the reader's side of each pair
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement.localName !== "script" && node.data.includes(" || ")) node.data = say(node.data);
    } else for (const name of ["aria-label", "title"]) {
      if (node.getAttribute(name)?.includes(" || ")) node.setAttribute(name, say(node.getAttribute(name)));
    }
  }
  document.title = document.title.includes(" || ") ? say(document.title) : document.title;
  if (window.frameElement) {                                          // in a notebook: the page is alive, so its stand-in goes
    frameElement.parentElement.querySelector("p")?.remove();
    new ResizeObserver(() => { frameElement.style.height = document.body.offsetHeight + 2 + "px"; }).observe(document.body);
  }
});

window.addEventListener("error", event => {                           // an author's mistake is shown, not swallowed
  const box = document.createElement("p");
  Object.assign(box, { className: "error", textContent: event.message });
  box.setAttribute("role", "alert");
  document.body.prepend(box);
});
