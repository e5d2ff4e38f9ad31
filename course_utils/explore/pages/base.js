"use strict";
// What all pages share; explorer.py says how pages use it.

const english = document.documentElement.lang === "en";
const say = pair => pair.split(" || ")[+english];                     // "中文 || English" -> the reader's side

// --- numbers ---------------------------------------------------------------------------------------------------------------
const number = (v, digits = 2) => {                                   // a real minus sign, and no minus before zero
  const text = Math.abs(v).toFixed(digits);
  return v < 0 && +text ? "−" + text : text;
};
const sub = n => String(n).replace(/\d/g, d => "₀₁₂₃₄₅₆₇₈₉"[d]);
const up = n => String(n).replace(/[-\d]/g, c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]);
const power = v => {                                                  // 0.25, 2.7×10⁻¹³
  const [digits, exponent] = v.toExponential(1).split("e");
  return v === 0 ? "0" : Math.abs(+exponent) < 3 ? String(+v.toPrecision(2)) : `${digits}×10${up(+exponent)}`;
};

// --- vectors and matrices as lists ---------------------------------------------------------------------------------------------
const times = (W, v) => W.map(row => row.reduce((sum, w, j) => sum + w * v[j], 0));      // W v
const transposed = (W, v) => W[0].map((_, j) => W.reduce((sum, row, i) => sum + row[j] * v[i], 0));      // Wᵀ v
const plus = (...vectors) => vectors[0].map((_, i) => vectors.reduce((sum, v) => sum + v[i], 0));
const sigmoid = a => 1 / (1 + Math.exp(-a));
const softmax = scores => {
  const top = Math.max(...scores), e = scores.map(v => Math.exp(v - top)), sum = e.reduce((a, b) => a + b);
  return e.map(v => v / sum);
};
const best = p => p.indexOf(Math.max(...p));                          // index of the largest
// One step of torch.nn.GRU: rows of the weights are r, z, n.
function gruStep({ W_ih, W_hh, b_ih, b_hh }, x, h) {
  const H = h.length, fromX = plus(times(W_ih, x), b_ih), fromH = plus(times(W_hh, h), b_hh);
  return h.map((old, i) => {
    const r = sigmoid(fromX[i] + fromH[i]), z = sigmoid(fromX[H + i] + fromH[H + i]), n = Math.tanh(fromX[2 * H + i] + r * fromH[2 * H + i]);
    return (1 - z) * n + z * old;
  });
}

// What explore.packed made of an array, as nested lists again; anything else as it is.
function unpacked(v) {
  if (!v?.float16) return v;
  const bytes = Uint8Array.from(atob(v.float16), c => c.charCodeAt()), halves = new Uint16Array(bytes.buffer);
  const all = Array.from(halves, b => {
    const sign = b >> 15 ? -1 : 1, exponent = (b >> 10) & 31, fraction = b & 1023;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * fraction / 1024);
  });
  const nested = (shape, at) => shape.length === 1 ? all.slice(at, at + shape[0])
    : Array.from({ length: shape[0] }, (_, i) => nested(shape.slice(1), at + i * shape.slice(1).reduce((a, b) => a * b)));
  return nested(v.shape, 0);
}
function uniform(seed) {                                              // mulberry32: the same numbers from 0 to 1 in every browser
  let a = seed * 7919;
  return () => {
    a = (a + 0x6D2B79F5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

// --- colours and pictures ------------------------------------------------------------------------------------------------------
const SIGNED = [[8, 32, 92], [63, 111, 168], [150, 150, 150], [217, 184, 74], [255, 246, 184]];      // the same as plotting.heat_strip
const heat = v => {                                                   // colour of a number between −1 and 1; lighter is larger
  const at = (Math.max(-1, Math.min(1, v)) + 1) * 2, k = Math.min(3, Math.floor(at));
  return `rgb(${SIGNED[k].map((c, i) => Math.round(c + (at - k) * (SIGNED[k + 1][i] - c)))})`;
};
const inkOn = v => v < -0.35 ? "#fff" : "#000";                       // text that can be read on heat(v)

const picture = (svg, markup) => { svg.innerHTML = markup; };
const text = (x, y, what, more = "") => `<text x="${x}" y="${y}" ${more}>${what}</text>`;
const centred = (x, y, what, more = "") => text(x, y, what, `text-anchor="middle" ${more}`);
const escape = words => String(words).replace(/[&<>"]/g, c => `&#${c.charCodeAt()};`);

// The rows of a table of class "walk", [operation, name, what, values, "sum" where a line goes above]; state(operation) is
// "now", "" (done) or "later"; write(value) writes a number.
const walk = (rows, state, write) => rows.map(([op, name, what, values, kind = ""]) =>
  `<tr class="${kind} ${state(op)}"><th scope="row">${name}</th><th class="what">${what}</th>${values.map(v => `<td>${write(v)}</td>`).join("")}</tr>`).join("");

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

// A button that calls step() again and again until it returns false, or until it is pressed again.
function player(button, step, milliseconds) {
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; button.setAttribute("aria-pressed", false); };
  button.setAttribute("aria-pressed", false);
  button.onclick = () => {
    if (timer !== null) return stop();
    button.setAttribute("aria-pressed", true);
    timer = setInterval(() => { if (!step()) stop(); }, milliseconds);
  };
  return stop;
}

// --- the page in its frame -----------------------------------------------------------------------------------------------------
// Light or dark: as the notebook around the frame says (Jupyter, then a site's data-theme); without one, as the reader's system.
const outside = (() => { try { return window.frameElement?.ownerDocument; } catch { return null; } })();
const systemDark = matchMedia("(prefers-color-scheme: dark)");
function followTheme() {
  const jupyter = outside?.body?.dataset.jpThemeLight, site = outside?.documentElement.dataset.theme;
  const dark = jupyter ? jupyter === "false" : site === "dark" || site === "light" ? site === "dark" : systemDark.matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
followTheme();
systemDark.addEventListener("change", followTheme);
if (outside) {
  const watch = new MutationObserver(followTheme);
  for (const element of [outside.documentElement, outside.body]) watch.observe(element, { attributeFilter: ["data-jp-theme-light", "data-theme"] });
}

document.addEventListener("DOMContentLoaded", () => {                 // the page's own markup: keep the reader's side of each pair
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement.localName !== "script" && node.data.includes(" || ")) node.data = say(node.data);
    } else for (const name of ["aria-label", "title", "placeholder"]) {
      if (node.getAttribute(name)?.includes(" || ")) node.setAttribute(name, say(node.getAttribute(name)));
    }
  }
  document.title = document.title.includes(" || ") ? say(document.title) : document.title;
  for (const wide of document.querySelectorAll("svg[role=img], table")) {      // what may be wider than a narrow window scrolls by itself
    const box = Object.assign(document.createElement("div"), { className: "scroll" });
    wide.replaceWith(box);
    box.append(wide);
    if (wide.localName === "svg") box.style.setProperty("--least", `${0.9 * wide.viewBox.baseVal.width}px`);      // 11 px stay 10
  }
  if (window.frameElement) {                                          // in a notebook: the page is alive, so its stand-in goes
    frameElement.parentElement.querySelector(".still")?.remove();
    const fit = () => { frameElement.style.height = Math.ceil(document.body.getBoundingClientRect().height) + 2 + "px"; };
    fit();
    new ResizeObserver(() => requestAnimationFrame(fit)).observe(document.body);      // in a frame of its own: no loop
  }
});

window.addEventListener("error", event => {                           // an author's mistake is shown, not swallowed
  if (event.message.startsWith("ResizeObserver loop")) return event.preventDefault();      // the browser's notice that it will go on in the next frame
  const box = document.createElement("p");
  Object.assign(box, { className: "error", textContent: event.message });
  box.setAttribute("role", "alert");
  document.body.prepend(box);
});
