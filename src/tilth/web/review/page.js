"use strict";

// The page shows the next item at once, and tells the desk of the answer meanwhile. What the desk
// has not confirmed is kept in the browser, and sent again: nothing is lost by closing the page.
(() => {
  const $ = id => document.getElementById(id);
  const home = location.pathname.replace(/[^/]*$/, "");
  const KEPT = `tilth-review:${home}`;
  const LETTERS = [..."qwertyopadfghjklxcvm"];
  const OTHERS = [
    ["both", "b", "Both, or several"], ["neither", "n", "Neither"],
    ["unsure", "u", "Not sure"], ["skip", "s", "Skip"],
  ];
  const CHECK_EVERY = 4000, PAUSE = 60000, MOST_CARDS = 60;

  let session = null;      // classes, instruction
  let queue = [];          // ids of the cards to come
  let done = [];           // { card, event, answer } in order: what I decided
  let events = kept();     // what the desk has not confirmed
  let later = [];          // cards that I put off
  let at = null;           // the id of the card that is shown
  let leaf = null;         // where in `done` I am leafing, null at the front
  let asked = 0, decided = 0, version = "", outlook = "";
  let keys = [];           // the key of each class
  const cards = new Map();
  const times = [], want = new Set();
  let sending = false, again = false, failures = 0, blank = true;

  // Talking to the desk

  async function ask(what, message) {
    const answer = await fetch(home + what, message && {
      method: "POST", keepalive: true, body: JSON.stringify(message),
      headers: { "Content-Type": "application/json" },
    });
    const told = await answer.json().catch(() => ({ error: `the server says ${answer.status}` }));
    if (!answer.ok) throw Object.assign(new Error(told.error), { told });
    return told;
  }

  async function sync(more = []) {
    more.forEach(id => want.add(id));
    if (sending) { again = true; return; }
    sending = true;
    const sent = events.map(each => ({ ...each }));
    try {
      const told = await ask("sync", {
        events: sent, have: [...cards.keys()], want: [...want], later,
      });
      failures = 0;
      want.clear();
      $("trouble").hidden = true;
      take(told, new Set(told.taken));
    } catch (error) {
      failures += 1;
      const hint = error.told && error.told.hint ? ` (${error.told.hint})` : "";
      const reason = error.told ? error.message + hint : "Tilth does not answer: is it still running?";
      $("trouble").textContent = events.length
        ? `${reason} ${plural(events.length, "answer")} kept here, and sent again.` : reason;
      $("trouble").hidden = false;
      setTimeout(() => sync(), Math.min(8000, 500 * 2 ** failures));
    }
    sending = false;
    status();
    if (again) { again = false; sync(); }
  }

  // When the page goes away it does not wait for what is under way: what comes twice counts once.
  function flush() {
    if (!events.length) return;
    fetch(home + "sync", {
      method: "POST", keepalive: true, body: JSON.stringify({ events }),
      headers: { "Content-Type": "application/json" },
    }).catch(() => { /* it is kept in the browser */ });
  }

  function take(told, taken) {
    events = events.filter(each => !taken.has(each.id));
    keep();
    for (const card of told.cards) { cards.set(card.id, card); prefetch(card); }
    // What I did since the message left is not in it: it counts on top.
    const waiting = new Set(events.filter(each => each.card).map(each => each.card));
    const left = told.queue.filter(id => !waiting.has(id));
    queue = [...left.filter(id => !later.includes(id)), ...left.filter(id => later.includes(id))];
    if (!events.length) {
      const place = leaf === null ? null : done[leaf] && done[leaf].card;
      done = told.done.map(each => ({ ...each, answer: each.verdict === "label"
        ? session.classes.indexOf(each.answer) : each.verdict }));
      if (place) leaf = done.findIndex(each => each.card === place);
      if (leaf === -1) leaf = null;
      decided = told.decided;
    }
    ({ asked, outlook } = told);
    if (told.version !== version) { version = told.version; renew(); }
    forget();
    if (!at) next();
    else if (blank && cards.has(at)) show(at);
    // Someone else was faster. The card stays: a key that is about to be pressed must not hit
    // another one than the eye has read.
    else if (leaf === null && !events.length && !queue.includes(at) && !later.includes(at)) {
      note("Another person has just decided this one. Your answer counts as well; → goes on.");
    }
  }

  function forget() {
    for (const card of cards.keys()) {
      if (cards.size <= MOST_CARDS) return;
      if (card !== at && !queue.includes(card)) cards.delete(card);
    }
  }

  async function renew() {
    session = await ask("session");
    instruction();
  }

  function kept() {
    try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch { return []; }
  }

  function keep() {
    try { localStorage.setItem(KEPT, JSON.stringify(events)); } catch { /* it is sent anyway */ }
  }

  // Deciding

  function answer(value) {
    const card = at && cards.get(at);
    if (!card || card.gone) return;
    const event = { id: id(), card: at, answer: value, version };
    events.push(event);
    keep();
    queue = queue.filter(each => each !== at);
    later = later.filter(each => each !== at);
    const before = done.findIndex(each => each.card === at);
    if (before < 0) { decided += 1; times.push(Date.now()); } else done.splice(before, 1);
    done.push({ card: at, event: event.id, answer: value });
    say(`${named(value)}. ${decided} of ${asked}.`);
    if (leaf !== null && leaf >= done.length - 1) leaf = null;
    leaf === null ? next() : show(done[leaf].card);
    sync();
  }

  function undo() {
    const last = done.pop();
    if (!last) { say("There is nothing to take back."); return; }
    events.push({ id: id(), undoes: last.event });
    keep();
    decided -= 1;
    times.pop();
    leaf = null;
    queue = [last.card, ...queue.filter(each => each !== last.card)];
    show(last.card);
    say(`Took back ${named(last.answer)}.`);
    sync([last.card]);
  }

  function back() {
    const place = leaf === null ? done.length - 1 : leaf - 1;
    if (place < 0) return;
    leaf = place;
    show(done[leaf].card);
    const before = done.slice(Math.max(0, leaf - 5), leaf).map(each => each.card);
    if (before.some(card => !cards.has(card))) sync(before);
  }

  function forth() {
    if (leaf !== null) {
      leaf = leaf + 1 < done.length ? leaf + 1 : null;
      leaf === null ? next() : show(done[leaf].card);
    } else if (at && queue.length > 1) {
      if (queue.includes(at)) later = [...later.filter(each => each !== at), at];
      queue = [...queue.filter(each => each !== at), ...(queue.includes(at) ? [at] : [])];
      next();
      sync();
    } else if (at && queue.length === 1 && queue[0] !== at) next();
  }

  function next() { show(queue[0] || null); }

  // Showing

  function show(card) {
    at = card;
    note("");
    const found = card && cards.get(card);
    blank = !found;
    if (card && !found) sync([card]);
    $("card").replaceChildren(...(found ? drawn(found) : [ended(card)]));
    $("card").scrollTop = 0;
    const own = done.find(each => each.card === card);
    for (const button of $("answers").querySelectorAll("button[data-answer]")) {
      const chosen = !!own && String(own.answer) === button.dataset.answer;
      button.classList.toggle("chosen", chosen);
      button.setAttribute("aria-pressed", String(chosen));
      button.disabled = !found || !!found.gone;
    }
    find("");
    status();
  }

  function drawn(card) {
    const head = make("p", "head", make("span", "key", card.key));
    const why = { sample: "blind", relabel: "labelled by an older version" }[card.source];
    if (why) head.append(make("span", "tag", why));
    if (card.reason) head.append(make("span", "tag", card.reason));
    if (card.gone) return [head, make("p", "none", "This item is no longer in the data.")];
    const parts = [head];
    if (card.given !== null && card.suggested !== null) {
      parts.push(make("p", "compare", "The data says ", make("b", "", card.given),
        "; models find ", make("b", "", card.suggested), " more likely."));
    }
    parts.push(...card.pictures.map(pictured), ...card.texts.flatMap(written));
    if (card.fields.length) parts.push(make("table", "", ...card.fields.map(row)));
    return parts;
  }

  function pictured(each) {
    const image = make("img");
    image.src = home + each.url;
    image.alt = `${each.name}: ${each.path}`;
    image.addEventListener("load", () => image.classList.toggle("tiny", image.naturalWidth <= 64));
    return make("figure", "", image, make("figcaption", "", each.path));
  }

  function written(each) {
    const text = make("p", "text", each.text === null ? "nothing" : each.text);
    text.classList.toggle("none", each.text === null);
    text.classList.toggle("long", (each.text || "").length > 700);
    if (text.classList.contains("long")) text.tabIndex = 0;
    return [make("p", "name", each.name), text];
  }

  function row(each) {
    const value = make("td", each.value === null ? "none" : "",
      each.value === null ? "nothing" : each.value);
    if (each.odd) value.title = "odd: few others are so";
    return make("tr", each.odd ? "odd" : "", scoped(make("th", "", each.name)), value);
  }

  function scoped(head) { head.scope = "row"; return head; }

  function ended(card) {
    if (card || !session) return make("p", "waiting", "One moment …");
    const left = later.length ? "What you put off comes again with →." : "You may close this page.";
    const told = decided ? `${plural(decided, "answer")} of yours.` : "Nothing is asked of you.";
    return make("div", "end", make("h2", "", "All done"), make("p", "", `${told} ${left}`));
  }

  function prefetch(card) {
    for (const each of card.pictures) new Image().src = home + each.url;
  }

  function answers() {
    keys = shortcuts(session.classes);
    const buttons = session.classes.map((name, number) =>
      button(name, keys[number] || "/", number, "class"));
    const rest = OTHERS.map(([value, key, name]) => button(name, key, value, "other"));
    const back = button("Undo", "z", null, "other");
    back.addEventListener("click", undo);
    $("answers").replaceChildren(...buttons, make("span", "break"), ...rest, back);
  }

  // A class that is called by a digit gets this digit; the others what is left, in order.
  function shortcuts(classes) {
    const own = classes.map(name => /^[0-9]$/.test(name) ? name : null);
    const free = [..."1234567890", ...LETTERS].filter(key => !own.includes(key));
    return own.map(key => key || free.shift());
  }

  function button(name, key, value, kind) {
    const made = make("button", kind, make("kbd", "", key), name);
    made.type = "button";
    made.setAttribute("aria-keyshortcuts", key);
    if (value === null) return made;
    made.dataset.answer = value;
    made.dataset.name = String(name).toLowerCase();
    made.addEventListener("click", () => { answer(value); $("card").focus(); });
    return made;
  }

  function instruction() {
    const told = session.instruction;
    $("instruction").hidden = !told;
    document.querySelector("main").classList.toggle("alone", !told);
    if (!told) return;
    const sheet = make("div", "", make("h2", "", told.title || "Instruction"),
      make("p", "version", `version ${told.number} · ${told.version}`));
    sheet.tabIndex = 0;
    for (const section of told.sections) {
      if (section.title) sheet.append(make("h3", "", section.title));
      const list = make("ul");
      for (const passage of section.passages) {
        const point = passage.number ? `${passage.number}.` : "·";
        list.append(make("li", "", make("span", "point", section.title ? point : ""),
          make("span", "", ...coded(passage.text))));
      }
      if (section.title) sheet.append(list);
      else sheet.append(...section.passages.map(each => make("p", "", ...coded(each.text))));
    }
    $("instruction").replaceChildren(sheet);
  }

  function coded(text) {
    return text.split("`").map((part, i) => i % 2 ? make("code", "", part) : part);
  }

  function status() {
    $("count").textContent = session ? `${decided} of ${asked}` : "";
    $("progress").max = Math.max(asked, 1);
    $("progress").value = decided;
    $("saved").textContent = events.length ? `${plural(events.length, "answer")} not yet kept` : "";
    const rate = pace();
    const left = rate && asked > decided ? `, ${minutes((asked - decided) / rate)} left` : "";
    $("pace").textContent = rate ? `${Math.round(rate)} a minute${left}` : "";
    $("pace").title = outlook;
    if (outlook && !rate) $("pace").textContent = outlook;
  }

  function pace() {
    const some = times.slice(-40);
    const gaps = some.slice(1).map((time, i) => time - some[i]).filter(gap => gap < PAUSE);
    return gaps.length < 4 ? 0 : gaps.length / (gaps.reduce((sum, gap) => sum + gap, 0) / 60000);
  }

  function minutes(n) { return n < 1 ? "less than a minute" : `about ${plural(Math.round(n), "minute")}`; }
  function plural(n, noun) { return `${n} ${noun}${n === 1 ? "" : "s"}`; }
  function named(value) { return typeof value === "number" ? session.classes[value] : value; }
  function say(text) { $("said").textContent = text; }
  function note(text) { $("note").textContent = text; $("note").hidden = !text; }
  function id() {
    return [...crypto.getRandomValues(new Uint8Array(6))].map(b => b.toString(16).padStart(2, "0")).join("");
  }

  // Data becomes text, never markup.
  function make(kind, name = "", ...inside) {
    const made = document.createElement(kind);
    if (name) made.className = name;
    made.append(...inside.map(each => each instanceof Node ? each : String(each)));
    return made;
  }

  // Finding a class among many

  function find(text) {
    $("find").hidden = !session || session.classes.length <= 10;
    if ($("wanted").value !== text) $("wanted").value = text;
    for (const each of $("answers").querySelectorAll("button.class")) {
      each.classList.toggle("off", !each.dataset.name.includes(text.toLowerCase()));
    }
  }

  // Keys

  function help() {
    const list = [
      ["1 … 9", "the classes, as their buttons say"], ...OTHERS.map(([, key, name]) => [key, name]),
      ["z", "take the last answer back"], ["←", "what you decided before; change it there"],
      ["→", "forward; put the item off"], ["Space", "further down a long text; with Shift, up"],
      ["/", "find a class"], ["?", "this list"],
    ];
    $("key-list").replaceChildren(...list.flatMap(([key, what]) =>
      [make("dt", "", make("kbd", "", key)), make("dd", "", what)]));
    $("keys").showModal();
  }

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
    if (event.target === $("wanted")) {
      if (event.key === "Escape") { find(""); $("card").focus(); }
      return;
    }
    if (event.repeat && !event.key.startsWith("Arrow")) return;  // a heavy hand is no opinion
    const start = performance.now();
    if (!acted(event)) return;
    event.preventDefault();
    requestAnimationFrame(() => setTimeout(() =>
      performance.measure("wait", { start, end: performance.now() })));
  }

  function acted(event) {
    // By its place, as some keyboards have digits only with Shift.
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    const key = digit && event.key !== "?" && event.key !== "/" ? digit[1] : event.key.toLowerCase();
    const other = OTHERS.find(each => each[1] === key);
    const number = keys.indexOf(key);
    if (key === "?") help();
    else if (number >= 0) answer(number);
    else if (other) answer(other[0]);
    else if (key === "z") undo();
    else if (key === "arrowleft") back();
    else if (key === "arrowright") forth();
    else if (key === "/" && !$("find").hidden) $("wanted").focus();
    else if (key === " " && !event.target.closest("button")) return scrolled(event.shiftKey);
    else return false;
    return true;
  }

  // A long text lies in a frame of its own, which the browser scrolls only where it has the focus.
  function scrolled(up) {
    const texts = [...$("card").querySelectorAll(".text.long")];
    const room = each => up ? each.scrollTop : each.scrollHeight - each.clientHeight - each.scrollTop;
    const text = (up ? texts.reverse() : texts).find(each => room(each) > 1);
    if (text) text.scrollBy({ top: (up ? -0.85 : 0.85) * text.clientHeight });
    return !!text;
  }

  function theme(chosen) {
    if (chosen) document.documentElement.dataset.theme = chosen;
    try { if (chosen) localStorage.setItem("tilth-theme", chosen); } catch { /* as it is */ }
  }

  async function open() {
    try { theme(localStorage.getItem("tilth-theme")); } catch { /* as it is */ }
    $("theme").addEventListener("click", () => {
      const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
      theme(dark ? "light" : "dark");
    });
    $("help").addEventListener("click", help);
    $("wanted").addEventListener("input", () => find($("wanted").value));
    $("find").addEventListener("submit", event => {
      event.preventDefault();
      const first = $("answers").querySelector("button.class:not(.off)");
      if (first && $("wanted").value) { first.click(); $("card").focus(); }
    });
    document.addEventListener("keydown", pressed);
    session = await ask("session");
    version = session.instruction ? session.instruction.version : "";
    document.title = `${session.name} · labels`;
    $("name").textContent = session.name;
    $("person").textContent = `as ${session.person}`;
    answers();
    instruction();
    await sync();
    sync(done.slice(-5).map(each => each.card));
    $("card").focus();
    setInterval(() => { if (!document.hidden) sync(); }, CHECK_EVERY);
    addEventListener("pagehide", flush);
    addEventListener("beforeunload", event => { if (events.length && failures) event.preventDefault(); });
  }

  open().catch(error => {
    $("trouble").textContent = `The page could not be opened: ${error.message}`;
    $("trouble").hidden = false;
  });
})();
