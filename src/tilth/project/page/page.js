"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const graph = document.getElementById("graph");
const panel = document.getElementById("panel");
const lines = [...document.querySelectorAll(".line")];
const boxes = new Map([...document.querySelectorAll("[data-box]")].map(b => [b.dataset.box, b]));
const whole = graph.viewBox.baseVal;
const all = [whole.x, whole.y, whole.width, whole.height];
let view = all.slice();

document.querySelector("h1").textContent = facts.project;

// A hue for each layer, in the order in which data passes them.
const keys = [...document.querySelectorAll(".key")];
keys.forEach((key, i) => {
  const hue = `hsl(${(205 + i * 360 / Math.max(keys.length, 1)) % 360} 48% 55%)`;
  key.style.setProperty("--hue", hue);
  key.ariaPressed = "true";
  for (const box of boxes.values())
    if (box.dataset.layer === key.dataset.layer) box.style.setProperty("--hue", hue);
  key.onclick = () => {
    key.ariaPressed = String(!key.classList.toggle("off"));
    const off = new Set(keys.filter(k => k.classList.contains("off")).map(k => k.dataset.layer));
    for (const box of boxes.values()) box.style.opacity = off.has(box.dataset.layer) ? .12 : "";
  };
});

// Light or dark: as the system has it, until somebody chooses.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
let themed = false;
const follows = () => { if (!themed) root.dataset.theme = system.matches ? "dark" : "light"; };
follows();
system.addEventListener("change", follows);
document.getElementById("theme").onclick = () => {
  themed = true;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
};

// Zoom and pan move the view box.
const show = to => { view = to; graph.setAttribute("viewBox", view.join(" ")); };
const scale = () => Math.max(view[2] / graph.clientWidth, view[3] / graph.clientHeight);
const at = event => {
  const point = new DOMPoint(event.clientX, event.clientY);
  return point.matrixTransform(graph.getScreenCTM().inverse());
};
const zoom = (factor, x, y) => show([
  x - (x - view[0]) * factor, y - (y - view[1]) * factor, view[2] * factor, view[3] * factor]);
graph.addEventListener("wheel", event => {
  event.preventDefault();
  const p = at(event);
  zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 300), p.x, p.y);
}, { passive: false });
let held = null, moved = false;
graph.addEventListener("pointerdown", event => { held = [event.clientX, event.clientY]; moved = false; });
addEventListener("pointermove", event => {
  if (!held) return;
  const dx = event.clientX - held[0], dy = event.clientY - held[1];
  if (!moved && Math.hypot(dx, dy) < 4) return;
  moved = true;
  graph.classList.add("held");
  const unit = scale();
  show([view[0] - dx * unit, view[1] - dy * unit, view[2], view[3]]);
  held = [event.clientX, event.clientY];
});
addEventListener("pointerup", () => { held = null; graph.classList.remove("held"); });
// A long graph begins at a size that can be read, from its left.
const fit = () => {
  const width = graph.clientWidth, height = graph.clientHeight;
  if (all[2] / width < 2.4 && all[3] / height < 2.4) return show(all.slice());
  show([all[0], all[1] + Math.max(0, all[3] / 2 - height * .7), width * 1.4, height * 1.4]);
};
document.getElementById("fit").onclick = () => show(all.slice());
let onScreen = null;
addEventListener("beforeprint", () => { onScreen = view; show(all.slice()); });
addEventListener("afterprint", () => show(onScreen));

// What depends on a box, and what it depends on.
const next = new Map(), before = new Map();
const add = (map, key, value) => map.has(key) ? map.get(key).push(value) : map.set(key, [value]);
for (const line of lines) { add(next, line.dataset.from, line); add(before, line.dataset.to, line); }
const follow = (start, map, end, near) => {
  const open = start.slice();
  while (open.length) for (const line of map.get(open.pop()) || []) {
    const fresh = !near.has(line.dataset[end]);
    near.add(line); near.add(line.dataset[end]);
    if (fresh) open.push(line.dataset[end]);
  }
};
const light = (name, dataset) => {
  const near = new Set([name]);
  follow([name], before, "from", near);
  const out = (next.get(name) || []).filter(l => !dataset || l.dataset.dataset === dataset);
  for (const line of out) { near.add(line); near.add(line.dataset.to); }
  follow(out.map(l => l.dataset.to), next, "to", near);
  graph.classList.add("some");
  for (const line of lines) line.classList.toggle("near", near.has(line));
  for (const [key, box] of boxes) {
    box.classList.toggle("near", near.has(key));
    box.classList.toggle("chosen", key === name);
  }
};
const dim = () => {
  // Whoever was reading the panel goes back to where it came from.
  if (panel.contains(document.activeElement)) document.querySelector(".chosen")?.focus();
  graph.classList.remove("some");
  panel.hidden = true;
  for (const each of [...lines, ...boxes.values()]) each.classList.remove("near", "chosen");
};

// The panel; text is set as text, since names and docstrings come from anywhere.
const make = (tag, text, name) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
};
const link = (text, go) => {
  const button = make("button", text, "link");
  button.onclick = () => { go(); panel.focus(); };
  return button;
};
const rows = (title, found) => {
  if (!found.length) return;
  panel.append(make("h3", title));
  const table = make("table");
  for (const [left, right] of found) {
    const row = make("tr");
    for (const cell of [left, right]) {
      const td = make("td");
      td.append(cell);
      row.append(td);
    }
    table.append(row);
  }
  panel.append(table);
};
const size = n => {
  if (n == null) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  for (; n >= 1000 && i < 4; i++) n /= 1000;
  return `${i ? n.toFixed(1) : n} ${units[i]}`;
};
const extent = d => !d ? "" : d.rows != null ? `${d.rows.toLocaleString()} rows` : size(d.n_bytes);
const when = s => s == null ? "" : new Date(s * 1000).toLocaleString();
const time = s => s == null ? "" : s < .05 ? `${Math.round(s * 1000)} ms` : `${s.toFixed(1)} s`;
const open = (title, sub) => {
  panel.replaceChildren();
  panel.hidden = false;
  const close = make("button", "×", "close");
  close.ariaLabel = "Close";
  close.onclick = dim;
  panel.append(close, make("h2", title), make("div", sub, "sub"));
};
const toDataset = name => link(name, () => choose(maker.get(name) || `d${name}`, name));
const showNode = name => {
  const n = facts.nodes[name];
  open(name, [n.pipeline, n.layer, n.owner].filter(Boolean).join(" · "));
  panel.append(make("pre", n.signature));
  panel.append(make("div", [n.function, n.place].filter(Boolean).join("  "), "sub"));
  const doc = n.description || n.doc;
  if (doc) panel.append(make("p", doc));
  for (const each of [...n.tags, ...n.options]) panel.append(make("span", each, "tag"));
  rows("Reads", n.inputs.map(i => i.dataset
    ? [toDataset(i.dataset), i.each ? "each partition" : extent(facts.datasets[i.dataset])]
    : [i.parameter || i.argument, i.parameter ? "parameter" : i.value]));
  rows("Makes", n.outputs.map(o => [toDataset(o), extent(facts.datasets[o])]));
  rows("Now", [[n.now ? `would run: ${n.now}` : n.state === "holds" ? "its result holds" :
    n.state === "never" ? "has never run" : "not known", ""]]);
  if (n.run) rows("Last ran", [[`run ${n.run}, ${when(n.at)}`, time(n.seconds)],
    ["reason", n.reason]]);
  rows("Metrics", n.metrics.map(m => [m.name, (m.value == null ? "none" : m.value.toPrecision(4)) +
    (m.low == null ? "" : `\u00a0(${m.low.toPrecision(3)}\u00a0to\u00a0${m.high.toPrecision(3)})`)]));
};
const showDataset = name => {
  const d = facts.datasets[name] || { name, state: "" };
  open(name, [d.state, d.format, d.layer].filter(Boolean).join(" · "));
  if (d.description) panel.append(make("p", d.description));
  const found = [["Lies in", d.location || (d.state === "made" ? "the store" : "")],
    ["Rows", d.rows == null ? "" : d.rows.toLocaleString()],
    ["Columns", d.columns == null ? "" : String(d.columns)],
    ["Size", size(d.n_bytes)], ["Made", d.run ? `run ${d.run}, ${when(d.made_at)}` : ""],
    ["Digest", (d.fingerprint || "").split(":").pop().slice(0, 12)]];
  rows("Data", found.filter(row => row[1]));
  const readers = Object.keys(facts.nodes).filter(n =>
    facts.nodes[n].inputs.some(i => i.dataset === name));
  if (d.maker) rows("Made by", [[link(d.maker, () => choose(`n${d.maker}`)), ""]]);
  rows("Read by", readers.map(n => [link(n, () => choose(`n${n}`)), ""]));
};
const maker = new Map();
for (const name in facts.nodes) for (const made of facts.nodes[name].outputs) maker.set(made, `n${name}`);
const choose = (key, dataset) => {
  if (!boxes.has(key)) return;
  light(key, dataset);
  if (key[0] === "d" || dataset) showDataset(dataset || key.slice(1)); else showNode(key.slice(1));
  reveal(boxes.get(key));
};
// Moves the view, where a box is outside of it or below the panel.
const reveal = element => {
  const box = element.getBoundingClientRect(), frame = graph.getBoundingClientRect();
  const right = panel.hidden || frame.width <= 900 ? frame.right : frame.right - 400;
  if (box.left < frame.left || box.right > right || box.top < frame.top || box.bottom > frame.bottom) {
    const unit = scale();
    show([view[0] + ((box.left + box.right) / 2 - (frame.left + right) / 2) * unit,
      view[1] + ((box.top + box.bottom) / 2 - (frame.top + frame.bottom) / 2) * unit, view[2], view[3]]);
  }
};
graph.addEventListener("click", event => {
  if (moved) return;
  const pill = event.target.closest(".pill"), box = event.target.closest("[data-box]");
  if (!box) return dim();
  choose(box.dataset.box, pill ? pill.dataset.dataset : undefined);
});

// The keyboard, and finding.
for (const [key, box] of boxes) {
  box.setAttribute("role", "button");
  box.setAttribute("aria-label", `${key[0] === "n" ? "node" : "dataset"} ${key.slice(1)}`);
}
// Not on the graph itself: an SVG element that listens for it would take the focus too.
document.addEventListener("focusin", event => {
  if (event.target.matches("[data-box]:focus-visible")) reveal(event.target);
});
const read = key => { choose(key); panel.focus(); };
const search = document.getElementById("search");
search.addEventListener("input", () => {
  const text = search.value.trim().toLowerCase();
  if (!text) return dim();
  const fits = name => name.toLowerCase().includes(text);
  const near = new Set([...boxes.keys()].filter(key => fits(key.slice(1)) ||
    (key[0] === "n" && facts.nodes[key.slice(1)].outputs.some(fits))));
  dim();
  graph.classList.add("some");
  for (const [key, box] of boxes) box.classList.toggle("near", near.has(key));
});
search.addEventListener("keydown", event => {
  const first = [...boxes].find(([, box]) => box.classList.contains("near"));
  if (event.key === "Enter" && first) read(first[0]);
});
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") { search.value = ""; search.blur(); dim(); }
  if (event.target === search) return;
  const box = event.target.closest && event.target.closest("[data-box]");
  if (box && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    read(box.dataset.box);
  }
  if (event.key === "/") { event.preventDefault(); search.focus(); }
  if (event.key === "0") show(all.slice());
  if (event.key === "+" || event.key === "-")
    zoom(event.key === "+" ? .8 : 1.25, view[0] + view[2] / 2, view[1] + view[3] / 2);
});
const unescaped = text => { try { return decodeURIComponent(text); } catch { return text; } };
const goTo = () => choose(`n${unescaped(location.hash.slice(1))}`);
addEventListener("hashchange", goTo);
fit();
goTo();
