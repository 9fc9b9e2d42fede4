// The form of one job. It checks nothing: what is typed goes to Python, what is wrong comes back.
import { controls } from "./controls.js";
import { button, keepKeys, later, make, same } from "./elements.js";
import { inPlaces } from "./places.js";

const PAUSE = { typing: 400, busy: 1000, coming: 1500, lost: 3000 };
let forms = 0;

function render({ model, el }) {
  let stop = draw(model, el);
  const again = () => {
    stop();
    el.replaceChildren();
    stop = draw(model, el);
  };
  model.on("change:_spec", again);
  return () => {
    model.off("change:_spec", again);
    stop();
  };
}

function draw(model, el) {
  const spec = model.get("_spec");
  const id = `jobnb-${Date.now().toString(36)}-${++forms}`;
  const rows = new Map(), hearers = [], dirty = new Set(), own = new Set();
  let state = model.get("_state"), sent = state.seen ?? 0, focused = state.focus ?? 0, busyTimer, lostTimer, lost = false;

  const busy = make("div", { class: "jobnb-busy", role: "status", hidden: true }, "The kernel is busy, or the job's own checks take long; the answer comes when that has ended.");
  const say = (content, buffers, patient = true) => {
    try {
      model.send({ ...content, view: id, n: sent + 1 }, undefined, buffers);
    } catch {
      return lose();
    }
    sent += 1;
    if (patient) busyTimer ??= setTimeout(() => (busy.hidden = false), PAUSE.busy);
  };
  const lose = () => {
    calm();
    lost = true;
    apply();
  };
  const found = () => {
    clearTimeout(lostTimer);
    lost = false;
  };
  // The line to the kernel was cut, as by a restart, or is there again: an answer tells.
  const onLine = () => {
    clearTimeout(lostTimer);
    lostTimer = setTimeout(lose, PAUSE.lost);
    say({ t: "here" }, undefined, false);
  };
  const calm = () => {
    clearTimeout(busyTimer);
    busyTimer = undefined;
    busy.hidden = true;
  };
  const push = (name) => {
    const { control, field, row } = rows.get(name);
    row.complain([]);
    dirty.delete(name);
    own.add(name);
    const value = control.read();
    if (field.kind !== "secret" && !spec.private) model.set("_shown", { ...model.get("_shown"), [name]: value });
    say({ t: "set", name, value });
    if (code.open) say({ t: "code" });
  };

  const buildRow = (field) => {
    const rowId = `${id}-${field.name}`, labelId = `${rowId}-label`;
    const help = make("div", { id: `${rowId}-help`, class: "jobnb-help" }, field.help);
    const error = make("div", { id: `${rowId}-error`, class: "jobnb-error", hidden: true });
    const given = make("div", { class: "jobnb-given", hidden: true }, "Given, and not shown. ", button("Change", () => (own.add(field.name), row.keep(true), control.focus.focus()), { "aria-describedby": labelId }));
    const pushSoon = later(PAUSE.typing, () => dirty.has(field.name) && push(field.name));
    const row = {
      model, labelId, say, hear: (t, action) => hearers.push([t, field.name, action]),
      props: { id: rowId, "aria-required": field.required && "true", "aria-describedby": `${rowId}-error ${field.help ? `${rowId}-help` : ""}`.trim() },
      typing: () => (dirty.add(field.name), error.hidden || pushSoon()),
      changed: () => push(field.name),
      keep: (kept) => {
        if (!["select", "check", "checks"].includes(field.kind)) return;
        const hides = kept && !own.has(field.name);
        given.hidden = !hides;
        for (const part of control.el.parentNode.querySelectorAll("select, input")) part.disabled = hides;
      },
      // What the browser has to say stands until the field changes, whatever Python says meanwhile.
      complain: (texts) => ((remarks = texts), showComplaints()),
      judge: (texts) => ((verdict = texts), showComplaints()),
    };
    let remarks = [], verdict = [];
    const showComplaints = () => {
      const texts = [...new Set([...remarks, ...verdict])];
      if (same(texts, [...error.children].map((line) => line.textContent))) return;
      error.replaceChildren(...texts.map((text) => make("div", {}, text)));
      error.hidden = !texts.length;
      node.classList.toggle("jobnb-wrong", texts.length > 0);
      (control.mark ?? control.focus).setAttribute("aria-invalid", texts.length > 0);
    };
    const control = controls[field.kind](field, row);
    const inside = ["check", "dryrun"].includes(field.kind);
    const grouped = ["checks", "widget"].includes(field.kind);
    const label = inside ? "" : make(grouped ? "div" : "label", { id: labelId, for: grouped ? null : rowId, class: "jobnb-label" }, field.label, field.required && make("span", { class: "jobnb-star", "aria-hidden": "true" }, " *"));
    const node = make("div", { class: `jobnb-row jobnb-is-${field.kind}`, "data-name": field.name }, label || make("span"), make("div", { class: "jobnb-field" }, control.el, given, error, field.help && help));
    rows.set(field.name, { field, control, node, row });
    return node;
  };
  const fields = new Map(spec.fields.map((field) => [field.name, field]));
  const groups = spec.fieldsets.filter(([, names]) => names.length).map(([title, names]) =>
    make(title ? "fieldset" : "div", {}, title && make("legend", {}, title), names.map((name) => buildRow(fields.get(name)))));

  const settings = spec.options.map(({ name, help, choices }) => {
    const input = choices.length
      ? make("select", { id: `${id}--${name}` }, choices.map((value) => make("option", { value }, value)))
      : make("input", { id: `${id}--${name}`, type: "checkbox" });
    const words = name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
    const label = make("label", { for: input.id, class: choices.length ? "jobnb-label" : "jobnb-beside" }, words);
    const control = choices.length ? [label, make("div", { class: "jobnb-field" }, input, make("div", { class: "jobnb-help" }, help))] : [make("span"), make("div", { class: "jobnb-field" }, make("div", { class: "jobnb-check" }, input, label), make("div", { class: "jobnb-help" }, help))];
    // What stands first, or is not ticked, is the default: it is not sent.
    return { name, read: () => (choices.length ? (input.value !== choices[0] ? input.value : undefined) : input.checked || undefined),
      node: make("div", { class: "jobnb-row" }, control) };
  });
  const top = make("div", { class: "jobnb-top", role: "alert", tabindex: -1, hidden: true });
  // Whether this is still the form of the job, Python tells when somebody comes to it.
  let told = null; // a button that is drawn anew while it is pressed is not clicked
  const edited = make("div", { class: "jobnb-edited", role: "status", hidden: true });
  const notice = make("div", { class: "jobnb-edited", role: "status", hidden: true });
  let here = 0;
  let coming = 0;
  const come = () => {
    // Put off, never left out: who comes back at once is told as well.
    coming ||= setTimeout(() => {
      coming = 0;
      here = Date.now();
      if (!lost && root.isConnected) say({ t: "here" }, undefined, false);
    }, Math.max(0, here + PAUSE.coming - Date.now()));
  };
  const status = make("span", { class: "jobnb-status", role: "status" });
  const past = make("div", { class: "jobnb-past", hidden: true });
  const start = button(spec.verb, () => run(), { class: "jobnb-run" });
  const text = make("pre", { tabindex: 0, "aria-label": "The call" });
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  const code = make("details", { class: "jobnb-code", ontoggle: () => code.open && say({ t: "code" }) }, make("summary", {}, "Show as code"), text, copy);
  hearers.push(["code", undefined, (message) => (text.textContent = message.text)]);
  const run = () => {
    if (start.disabled) return;
    for (const { control } of rows.values()) control.commit?.();
    for (const name of [...dirty]) push(name);
    start.disabled = true;
    const options = Object.fromEntries(settings.map((option) => [option.name, option.read()]).filter(([, value]) => value !== undefined));
    say({ t: "run", options });
  };

  const renew = () => {
    for (const { control } of rows.values()) control.commit?.();
    for (const name of [...dirty]) push(name);
    say({ t: "renew" });
  };

  const write = () => {
    const shown = model.get("_shown");
    for (const [name, { control, field, row }] of rows) {
      const value = shown[name];
      if (control.foreign || dirty.has(name) || (spec.private && value === undefined)) continue;
      if (field.kind === "secret" ? model.get("_state").kept.includes(name) : same(value, control.read())) continue;
      const before = control.read();
      control.write(value);
      if (!same(before, control.read())) row.complain([]);
    }
    dryrun();
  };
  const dryrun = () => {
    const dry = [...rows.values()].some(({ field, control }) => field.kind === "dryrun" && control.read());
    start.textContent = dry ? `${spec.verb} (dry run)` : spec.verb;
    root.classList.toggle("jobnb-dry", dry);
  };
  const apply = () => {
    state = model.get("_state");
    if ((state.seen ?? 0) >= sent) calm();
    for (const [name, { control, field, node, row }] of rows) {
      node.hidden = state.hidden.includes(name);
      control.update?.(state);
      row.keep(state.kept.includes(name));
      if (state.kept.includes(name)) control.focus.placeholder = "given, and not shown";
      else if (field.kind === "secret") control.focus.placeholder = "";
      row.judge(state.errors[name] ?? []);
    }
    for (const group of groups) group.hidden = [...group.querySelectorAll(".jobnb-row")].every((row) => row.hidden);
    const lines = lost ? ["The kernel of this form is gone, or was restarted: run this cell again."] : state.top;
    top.replaceChildren(...lines.map((line) => make("div", {}, line)));
    top.hidden = !lines.length;
    const news = lost ? null : state.edited;
    if (!same(news, told)) edited.replaceChildren(...(news ? [make("span", {}, news.text), ...(news.renew ? [button("Show the new form", renew)] : [])] : []));
    edited.hidden = !news;
    told = news;
    notice.textContent = state.notice ?? "";
    notice.hidden = !state.notice;
    start.disabled = lost || (state.starting ?? false);
    const count = Object.keys(state.errors).length;
    status.textContent = lost ? "" : state.starting ? (spec.verb === "Run" ? "Starting …" : "Saving …") : count ? `${count} ${count === 1 ? "input needs" : "inputs need"} attention` : state.run ?? "";
    const calls = (state.runs ?? []).map((run) => make("code", {}, `jobnb.result("${run}")`));
    const list = (title, found) => (found.length ? [make("div", {}, title, found.flatMap((call, at) => (at ? [", ", call] : [call])))] : []);
    past.replaceChildren(...list("The run: ", calls.slice(0, 1)), ...list("Before it: ", calls.slice(1)));
    past.hidden = !calls.length;
    if ((state.focus ?? 0) > focused) {
      const wrong = [...rows.values()].find(({ field, node }) => field.name in state.errors && !node.hidden);
      (wrong ? wrong.control.focus : top).focus();
    }
    focused = state.focus ?? 0;
  };
  const stand = () => (found(), apply());
  const hear = (message) => {
    found();
    if (message.n >= sent) calm();
    for (const [t, name, action] of hearers) if (message.t === t && (name === undefined || name === message.name)) action(message);
  };

  const root = make("section", { class: "jobnb-form", "aria-label": spec.job, onchange: () => dryrun(), onpointerenter: come, onfocusin: come,
    onkeydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.preventDefault(), run();
    } },
    make("header", {}, make("div", { class: "jobnb-title" }, spec.job), spec.description && make("div", { class: "jobnb-about" }, spec.description)),
    edited, notice, top, groups,
    settings.length ? make("details", { class: "jobnb-options" }, make("summary", {}, "Options"), settings.map((option) => option.node)) : "",
    make("footer", { class: !spec.fields.length && "jobnb-bare" }, start, status, past), busy, code);
  keepKeys(root);
  write();
  apply();
  el.append(root);
  const events = [["change:_shown", write], ["change:_state", stand], ["msg:custom", hear], ["comm_live_update", onLine]];
  for (const [name, action] of events) model.on(name, action);
  return () => {
    for (const [name, action] of events) model.off(name, action);
    clearTimeout(busyTimer);
    clearTimeout(lostTimer);
  };
}
export default inPlaces(render);
