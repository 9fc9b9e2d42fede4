// The view of one run. Lines come as they are made, from the kernel; those that are missing are
// asked for when they come into sight, so that only what is looked at ever travels.
import { button, keepKeys, make, sizeText } from "./elements.js";
import { inPlaces, inSlot, putInSlot } from "./places.js";

const ROW = 19; // pixels of a line that is neither wrapped nor long
const BLOCK = 256; // rows whose heights are summed up together
const PAGE = 200; // lines that are asked for at once
const MOST_HELD = 60_000; // lines that are kept in the page
const BUSY = 1200; // milliseconds after which a kernel that does not answer is called busy
const SILENT = 15_000; // milliseconds after which one that says nothing of a run that works is called gone
const DROPPED = 3000; // the same when the line to it was cut
const SETTLED = 1500; // milliseconds after which a page has heard what is in a display slot
const LEVELS = ["DEBUG", "INFO", "SUCCESS", "WARNING", "FAILURE", "ERROR", "CRITICAL"];
const KINDS = ["log", "out", "err", "traceback", "display"];

const count = (number) => number.toLocaleString("en");
const several = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB") + "." + String(Math.floor((seconds % 1) * 1000)).padStart(3, "0");
function span(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds), two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)} h`;
}
const setText = (node, text) => node.textContent !== text && (node.textContent = text);

// How high each row is that is not of the usual height; sums by block, so that a million rows are no matter.
class Heights {
  more = new Map();
  sums = [];
  total = 0;
  set(index, height) {
    const more = height - ROW, change = more - (this.more.get(index) ?? 0);
    if (!change) return 0;
    this.more.set(index, more);
    const block = Math.floor(index / BLOCK);
    this.sums[block] = (this.sums[block] ?? 0) + change;
    this.total += change;
    return change;
  }
  of(index) {
    return ROW + (this.more.get(index) ?? 0);
  }
  top(index) {
    const block = Math.floor(index / BLOCK);
    let top = index * ROW;
    for (let i = 0; i < block; i++) top += this.sums[i] ?? 0;
    for (let i = block * BLOCK; i < index; i++) top += this.more.get(i) ?? 0;
    return top;
  }
  at(y, last) {
    let top = 0, index = 0;
    for (let block = 0; index + BLOCK <= last; block++, index += BLOCK) {
      const next = top + BLOCK * ROW + (this.sums[block] ?? 0);
      if (next > y) break;
      top = next;
    }
    while (index < last && top + this.of(index) <= y) top += this.of(index++);
    return index;
  }
}

// The lines: a window onto as many as there are, which are held, or come when they are seen.
class Log {
  rows = new Map(); // number to line, those that are held
  shown = new Map(); // number to element, those that are drawn
  outputs = new Map(); // number to HTML of what a job shows
  asked = new Map(); // page, or output, to when it was asked for
  heights = new Heights();
  size = 0; // how many there are
  hits = null; // numbers that the filter lets pass; null: all
  follows = true;

  constructor(ask, onFollow) {
    this.ask = ask;
    this.onFollow = onFollow;
    this.space = make("div", { class: "jobnb-space" });
    this.window = make("div", { class: "jobnb-window" });
    this.space.append(this.window);
    this.el = make("div", { class: "jobnb-log", tabindex: 0, role: "region", onscroll: () => this.scrolled() }, this.space);
    this.sight = new ResizeObserver(() => this.resized());
    this.sight.observe(this.el);
    this.grown = new ResizeObserver(() => this.draw());
  }
  close() {
    this.sight.disconnect();
    this.grown.disconnect();
    cancelAnimationFrame(this.frame);
  }
  get length() {
    return this.hits ? this.hits.length : this.size;
  }
  number(index) {
    return this.hits ? this.hits[index] : index + 1;
  }
  take(rows) {
    for (const row of rows) {
      this.rows.set(row[0], row);
      this.size = Math.max(this.size, row[0]);
      const old = this.shown.get(row[0]);
      if (old?.classList.contains("jobnb-missing")) this.drop(row[0]);
    }
    if (this.rows.size > MOST_HELD) this.forget();
    this.draw();
  }
  forget() {
    // Those that are longest here go first; they can be had again.
    for (const number of this.rows.keys()) {
      if (this.rows.size <= MOST_HELD * 0.9) return;
      if (!this.shown.has(number)) this.rows.delete(number);
    }
  }
  show(number, html) {
    this.outputs.set(number, html);
    this.drop(number);
    this.draw();
  }
  only(hits) {
    this.hits = hits;
    this.redraw();
  }
  redraw() {
    this.heights = new Heights();
    for (const number of [...this.shown.keys()]) this.drop(number);
    this.draw();
  }
  wrap(on) {
    this.el.classList.toggle("jobnb-wrapped", on);
    this.redraw();
  }
  follow(on) {
    if (this.follows !== on) this.onFollow(on);
    this.follows = on;
    if (on) this.draw();
  }
  scrolled() {
    // That somebody scrolls up is seen by where it was: what grows or shrinks by itself is no wish.
    const top = this.el.scrollTop, before = this.lastTop ?? 0;
    this.lastTop = top;
    if (Math.abs(top - this.ownTop) < 2) return this.draw();
    this.ownTop = NaN;
    if (top < before - 1) this.follow(false);
    else if (this.el.scrollHeight - this.el.clientHeight - top < ROW / 2) this.follow(true);
    this.draw();
  }
  resized() {
    if (this.width === this.el.clientWidth) return;
    this.width = this.el.clientWidth;
    if (this.el.classList.contains("jobnb-wrapped")) this.redraw();
    else this.draw();
  }
  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.paint();
    });
  }
  paint() {
    const last = this.length;
    this.space.style.height = `${last * ROW + this.heights.total}px`;
    const height = this.el.clientHeight || 360;
    const y = this.follows ? Math.max(0, last * ROW + this.heights.total - height) : this.el.scrollTop;
    const first = Math.max(0, this.heights.at(y, last) - 4);
    const end = Math.min(last, this.heights.at(y + height, last) + 5);
    this.put(first, end);
    const moved = this.measure(first, end, y);
    this.space.style.height = `${last * ROW + this.heights.total}px`;
    this.window.style.transform = `translateY(${this.heights.top(first)}px)`;
    if (this.follows) this.scrollTo(this.el.scrollHeight);
    else if (moved.above) this.scrollTo(this.el.scrollTop + moved.above);
    if (moved.any) this.draw();
    this.fetch(first, end);
  }
  scrollTo(y) {
    this.el.scrollTop = y;
    this.ownTop = this.lastTop = this.el.scrollTop;
  }
  put(first, end) {
    const wanted = new Set();
    for (let index = first; index < end; index++) wanted.add(this.number(index));
    for (const number of [...this.shown.keys()]) if (!wanted.has(number)) this.drop(number);
    let before = this.window.firstChild;
    for (const number of wanted) {
      let element = this.shown.get(number);
      if (element && element === before) {
        before = before.nextSibling;
        continue;
      }
      if (!element) {
        element = this.element(number);
        this.shown.set(number, element);
      }
      this.window.insertBefore(element, before);
    }
  }
  drop(number) {
    const element = this.shown.get(number);
    if (!element) return;
    this.grown.unobserve(element);
    element.remove();
    this.shown.delete(number);
  }
  measure(first, end, y) {
    const moved = { any: false, above: 0 };
    let top = this.heights.top(first), index = first;
    for (const element of this.window.children) {
      const change = this.heights.set(index, element.offsetHeight || ROW);
      if (change) moved.any = true;
      if (change && top < y) moved.above += change;
      top += this.heights.of(index++);
    }
    return moved;
  }
  element(number) {
    const row = this.rows.get(number);
    if (!row) return make("div", { class: "jobnb-line jobnb-missing" }, make("span", { class: "jobnb-time" }, "…"));
    const [, kind, level, created, grouping, about, text, more] = row;
    const name = KINDS[kind];
    const parts = [make("span", { class: "jobnb-time" }), make("span", { class: "jobnb-level" }), make("span", { class: "jobnb-grouping" })];
    parts[0].textContent = clock(created);
    parts[1].textContent = level || { out: "", err: "stderr", traceback: "ERROR", display: "" }[name];
    parts[2].textContent = parts[2].title = name === "log" || name === "display" ? grouping : "";
    const body = make("div", { class: "jobnb-text" });
    if (name === "display") this.fill(body, number, text);
    else {
      if (about) body.append(make("span", { class: "jobnb-about" }, `${about} · `));
      body.append(document.createTextNode(text));
      // Of a line of megabytes a page takes no more, however often it is asked for.
      if (more && row.isWhole) body.append(make("span", { class: "jobnb-about" }, `… ${several(more, "more character")} in result.log[${number - 1}].message`));
      else if (more) body.append(button(`… ${several(more, "more character")}`, () => this.ask({ t: "whole", n: number }), { class: "jobnb-more" }));
    }
    const element = make("div", { class: `jobnb-line jobnb-is-${name}`, "data-level": level || null, "data-number": number }, parts, body);
    if (name === "display") this.grown.observe(element);
    return element;
  }
  fill(body, number, text) {
    const html = this.outputs.get(number);
    body.classList.add("jobnb-output");
    // What the kernel sends has gone through its sanitiser; until it comes there is the text.
    if (html == null) {
      body.append(make("pre", {}, text));
      this.once(`out ${number}`, { t: "out", n: number });
    } else body.innerHTML = html;
  }
  fetch(first, end) {
    if (this.hits) {
      const missing = this.hits.slice(first, end).filter((number) => !this.rows.has(number));
      if (missing.length) this.once(`hits ${missing[0]} ${missing.length}`, { t: "get", numbers: missing });
      return;
    }
    const pages = new Set();
    for (let index = first; index < end; index++) if (!this.rows.has(index + 1)) pages.add(Math.floor(index / PAGE));
    for (const page of pages) this.once(`page ${page}`, { t: "get", after: page * PAGE, count: PAGE });
  }
  once(name, message) {
    const now = performance.now();
    if (now - (this.asked.get(name) ?? -1e9) < BUSY) return;
    this.asked.set(name, now);
    this.ask(message);
    setTimeout(() => this.draw(), BUSY + 50);
  }
}

function render({ model, el }) {
  const about = model.get("_about");
  let filter = { levels: new Set(), text: "" }, serial = 0, sent = 0, heard = performance.now(), dropped = false;
  const ask = (message) => {
    sent ||= performance.now();
    setTimeout(look, BUSY + 20);
    model.send(message);
  };
  const answered = () => {
    sent = 0;
    hear();
    look();
  };
  const hear = () => {
    heard = performance.now();
    dropped = false;
  };
  const look = () => (busy.hidden = root.classList.contains("jobnb-gone") || !(sent && performance.now() - sent > BUSY));

  const status = make("span", { class: "jobnb-status", role: "status" });
  const took = make("span", { class: "jobnb-took" });
  const cancel = button("Cancel", () => {
    cancel.disabled = true;
    setText(cancel, "Cancelling …");
    ask({ t: "cancel" });
  }, { class: "jobnb-cancel", "aria-label": `Cancel ${about.job}` });
  const bars = make("div", { class: "jobnb-bars" });
  const notice = make("div", { class: "jobnb-notice", hidden: true });
  const error = make("div", { class: "jobnb-wrong", role: "alert", hidden: true });
  const chips = new Map([...LEVELS, "printed"].map((level) => [level, button(level, () => press(level), { class: "jobnb-chip", "data-level": level, "aria-pressed": "false", hidden: true, title: `Show only ${level}` })]));
  const find = make("input", { type: "search", class: "jobnb-find", placeholder: "Find in the log", "aria-label": "Show only lines with this text", oninput: () => {
    clearTimeout(find.timer);
    find.timer = setTimeout(() => ((filter.text = find.value.trim()), refilter()), 150);
  } });
  const found = make("span", { class: "jobnb-found", "aria-live": "polite" });
  const followButton = button("Follow", () => log.follow(!log.follows), { class: "jobnb-toggle", "aria-pressed": "true", title: "Keep the newest line in sight" });
  const wrapButton = button("Wrap", () => {
    const on = wrapButton.getAttribute("aria-pressed") !== "true";
    wrapButton.setAttribute("aria-pressed", String(on));
    log.wrap(on);
  }, { class: "jobnb-toggle", "aria-pressed": "false", title: "Break long lines" });
  const tools = make("div", { class: "jobnb-tools", role: "toolbar", "aria-label": "Log" }, make("span", { class: "jobnb-chips" }, [...chips.values()]), find, found, make("span", { class: "jobnb-gap" }), followButton, wrapButton);
  const log = new Log(ask, (on) => followButton.setAttribute("aria-pressed", String(on)));
  log.el.setAttribute("aria-label", `Log of ${about.job}`);
  const files = make("div", { class: "jobnb-files", hidden: true });
  const busy = make("span", { class: "jobnb-busy", hidden: true }, "The kernel is busy and answers later. ");
  const hint = make("span");
  const root = make("section", { class: "jobnb-panel", "aria-label": `Run of ${about.job}`, onkeydown: keys },
    make("header", {}, status, make("b", { class: "jobnb-job" }), took, make("span", { class: "jobnb-gap" }), cancel),
    error, notice, bars, tools, log.el, files, make("div", { class: "jobnb-hint" }, busy, hint));
  setText(root.querySelector(".jobnb-job"), about.job);
  root.querySelector(".jobnb-job").title = about.facts;
  keepKeys(root);
  el.append(root);

  function keys(event) {
    if (event.target !== log.el) return;
    if (event.key === "/" || (event.key === "f" && (event.ctrlKey || event.metaKey))) (event.preventDefault(), find.focus());
    if (event.key === "End") log.follow(true);
    if (["Home", "PageUp", "ArrowUp"].includes(event.key)) log.follow(false);
  }
  function press(level) {
    filter.levels.has(level) ? filter.levels.delete(level) : filter.levels.add(level);
    chips.get(level).setAttribute("aria-pressed", String(filter.levels.has(level)));
    refilter();
  }
  const passes = ([, kind, level, , grouping, object, text]) =>
    (!filter.levels.size || filter.levels.has(kind === 1 || kind === 2 ? "printed" : kind === 3 ? "ERROR" : level)) &&
    (!filter.text || [grouping, object, text].some((part) => part?.toLowerCase().includes(filter.text.toLowerCase())));
  function refilter() {
    serial += 1;
    const isOff = !filter.levels.size && !filter.text;
    // At once from what is here; the kernel, which has all of them, adds the rest.
    log.only(isOff ? null : [...log.rows.values()].filter(passes).map((row) => row[0]).sort((a, b) => a - b));
    ask({ t: "find", id: serial, levels: [...filter.levels], text: filter.text });
    tell();
  }
  function add(numbers) {
    const known = new Set(log.hits);
    const fresh = numbers.filter((number) => !known.has(number));
    if (!fresh.length) return;
    log.hits = [...log.hits, ...fresh].sort((a, b) => a - b);
    log.redraw();
  }
  function tell() {
    setText(found, log.hits ? `${count(log.hits.length)} of ${several(log.size, "line")}` : log.size ? several(log.size, "line") : "");
  }
  function take(rows) {
    if (log.hits) add(rows.filter(passes).map((row) => row[0]));
    log.take(rows);
    tell();
  }

  function onHead() {
    const head = model.get("_head");
    hear();
    root.dataset.status = head.status;
    setText(status, head.status);
    log.size = Math.max(log.size, head.n);
    const logged = Object.values(head.counts).reduce((sum, number) => sum + number, 0);
    for (const [level, chip] of chips) {
      const number = head.counts[level] ?? 0;
      chip.hidden = !(number || (level === "printed" && head.n > logged) || filter.levels.has(level));
      setText(chip, number ? `${level} ${count(number)}` : level);
    }
    tools.hidden = log.el.hidden = !head.n;
    cancel.disabled = Boolean(head.cancel) || cancel.disabled;
    if (head.cancel) setText(cancel, "Cancelling …");
    error.hidden = !head.error;
    setText(error, head.error ?? "");
    notice.hidden = !head.notice;
    setText(notice, head.notice ?? "");
    drawBars(head);
    drawFiles(head.files ?? []);
    tick();
    tell();
    log.draw();
  }
  function drawBars(head) {
    const list = head.bars ?? [];
    while (bars.children.length > list.length) bars.lastChild.remove();
    while (bars.children.length < list.length) bars.append(make("div", { class: "jobnb-bar", role: "progressbar" }, make("div", { class: "jobnb-track" }, make("div", { class: "jobnb-fill" })), make("span", { class: "jobnb-far" })));
    list.forEach(([done, total, text], level) => {
      const bar = bars.children[level], share = total == null ? null : total > 0 ? Math.min(Math.max(done / total, 0), 1) : 1;
      bar.style.setProperty("--level", level);
      bar.classList.toggle("jobnb-unknown", share == null);
      bar.querySelector(".jobnb-fill").style.width = share == null ? "" : `${100 * share}%`;
      bar.setAttribute("aria-label", text || "Progress");
      share == null ? bar.removeAttribute("aria-valuenow") : bar.setAttribute("aria-valuenow", Math.round(100 * share));
      const of = total == null ? count(done) : `${count(done)} of ${count(total)}`;
      setText(bar.querySelector(".jobnb-far"), [text, of, share == null ? "" : `${Math.floor(100 * share)} %`].filter(Boolean).join(" · "));
    });
  }
  function drawFiles(list) {
    files.hidden = !list.length;
    if (files.dataset.count === String(list.length)) return;
    files.dataset.count = list.length;
    files.replaceChildren(make("span", { class: "jobnb-label" }, "Files "), ...list.map(([name, size]) => {
      const link = button("", () => ask({ t: "file", name }), { class: "jobnb-file", "aria-label": `Download ${name}` });
      link.append(make("span", {}, name), make("small", {}, ` ${sizeText(size)} ↓`));
      return link;
    }));
  }
  function tick() {
    const head = model.get("_head"), silence = performance.now() - heard;
    const isGone = dropped ? silence > DROPPED : !head.ready && !head.detached && head.elapsed != null && silence > SILENT;
    root.classList.toggle("jobnb-gone", isGone);
    cancel.hidden = head.ready || head.detached || isGone;
    setText(hint, isGone ? `Nothing is heard of the kernel any more. The run, where it stands now: jobnb.result("${about.id.slice(0, 8)}")` : head.hint ?? "");
    look();
    if (isGone && !head.ready) return setText(took, "when it was last heard of");
    if (head.elapsed == null) return setText(took, head.ready ? "" : "waits");
    const seconds = head.elapsed + (head.ready || head.detached ? 0 : silence / 1000);
    setText(took, span(seconds) + (about.usual != null && !head.ready ? ` · usually ${span(about.usual)}` : ""));
  }

  const parts = new Map();
  function onMessage(message, buffers) {
    answered();
    if (message.t === "rows") take(message.rows);
    else if (message.t === "whole") {
      message.row.isWhole = true;
      take([message.row]);
      log.drop(message.row[0]);
      log.draw();
    } else if (message.t === "out") log.show(message.n, message.html);
    else if (message.t === "found" && message.id === serial && log.hits) (add(message.hits), tell());
    else if (message.t === "piece") {
      const pieces = parts.get(message.name) ?? [];
      pieces.push(buffers[0]);
      parts.set(message.name, pieces);
      if (message.last) (parts.delete(message.name), save(message.name, pieces));
    } else if (message.t === "wrong") (setText(notice, message.text), (notice.hidden = false));
  }
  function save(name, pieces) {
    const link = make("a", { download: name, href: URL.createObjectURL(new Blob(pieces)) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
  const onTail = () => take(JSON.parse(model.get("_tail")));
  function onLine() {
    // Cut, as by a restart of the kernel, or there again: an answer tells.
    hear();
    dropped = true;
    ask({ t: "get", after: 0, count: 1 });
  }

  model.on("change:_head", onHead);
  model.on("change:_tail", onTail);
  model.on("msg:custom", onMessage);
  model.on("comm_live_update", onLine);
  const timer = setInterval(() => (dropped || !model.get("_head").ready) && root.isConnected && tick(), 500);
  onHead();
  onTail();
  return () => {
    clearInterval(timer);
    log.close();
    model.off("change:_head", onHead);
    model.off("change:_tail", onTail);
    model.off("msg:custom", onMessage);
    model.off("comm_live_update", onLine);
  };
}

// A page that was loaded anew does not hear any more what the kernel puts into a display slot. Then it
// asks, and puts it there itself, so that the notebook keeps it.
function settle(model) {
  const { slot } = model.get("_about"), place = model.get("_place");
  let timer, wasReady;
  const look = () => {
    const { ready } = model.get("_head");
    if (!place || wasReady === ready) return;
    wasReady = ready;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const html = inSlot(model, slot), isPicture = html != null && !html.includes(place);
      if (html != null && isPicture !== (ready && !model.get("_about").stays)) model.send({ t: "slot" });
    }, SETTLED);
  };
  model.on("change:_head", look);
  model.on("msg:custom", (message) => message.t === "slot" && putInSlot(model, slot, message.data));
  look();
}

export default inPlaces(render, settle);
