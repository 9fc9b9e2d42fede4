// The form of one job. It checks nothing: what is typed goes to Python, what is wrong comes back.
const PIECE = 512 * 1024;
const MOST_TABLE = 5e6;
const MOST_OPTIONS = 40;
const PAUSE = { search: 120, typing: 400, busy: 1000, coming: 1500 };
let forms = 0;

function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== false && child != null && child !== ""));
  return node;
}
// Drawn, as not every system has a font with a picture of it.
const calendar = () => {
  const icon = make("span");
  icon.innerHTML = '<svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.3" aria-hidden="true"><rect x="2" y="3" width="12" height="11" rx="1.5"/><path d="M2 6.5h12M5 1.5v3M11 1.5v3"/></svg>';
  return icon.firstChild;
};
const button = (text, onclick, props = {}) => make("button", { type: "button", onclick, ...props }, text);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const later = (wait, action) => {
  let timer;
  return (...values) => (clearTimeout(timer), (timer = setTimeout(() => action(...values), wait)));
};
const flat = (choices) =>
  (choices ?? []).flatMap(([value, label]) => (Array.isArray(label) ? flat(label) : [[value, label]]));
const sizeText = (size) =>
  size == null ? "" : size < 1e3 ? `${size} bytes` : size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;

// A control is { el, focus, read(), write(value), commit()?, update(state)? }; `row` tells it apart and hears of changes.
const controls = {
  text(field, row) {
    const one = controls.line(field, row);
    let now = one;
    // A line would lose its newlines: a value that has some gets a text area.
    return { el: one.el, get focus() { return now.focus; }, read: () => now.read(), write: (value) => {
      const several = String(value ?? "").includes("\n");
      if (several !== (now !== one)) {
        const other = several ? controls.area(field, row) : one;
        now.el.replaceWith(other.el);
        now = other;
      }
      now.write(value);
    } };
  },
  line(field, row) {
    const input = make("input", { ...row.props, type: "text", inputmode: field.mode, placeholder: field.example, autocomplete: "off", spellcheck: "false", class: field.exact && "jobnb-exact", onpaste: oneLine(row) });
    return typed(input, row);
  },
  secret(field, row) {
    const input = make("input", { ...row.props, type: "password", autocomplete: "new-password", "data-lpignore": "true", onpaste: oneLine(row) });
    return { ...typed(input, row), write: () => (input.value = "") };
  },
  area(field, row) {
    const input = make("textarea", { ...row.props, rows: 4, placeholder: field.example, spellcheck: "false", class: field.exact && "jobnb-exact" });
    return typed(input, row);
  },
  date(field, row) {
    const control = controls.line(field, row);
    const kind = field.timed ? "datetime-local" : "date";
    const native = make("input", { type: kind, tabindex: -1, "aria-hidden": "true", class: "jobnb-native", onchange: () => {
      if (!native.value) return;
      control.focus.value = native.value.replace("T", " ") + (field.zoned ? zone(native.value) : "");
      row.changed();
    } });
    const open = button(calendar(), () => {
      const [text] = control.focus.value.replace(" ", "T").match(field.timed ? /^\d{4}-\d\d-\d\dT\d\d:\d\d/ : /^\d{4}-\d\d-\d\d/) ?? [""];
      native.value = text;
      native.showPicker();
    }, { "aria-label": `Choose ${field.label}`, title: "Open the calendar", class: "jobnb-pick" });
    return { ...control, el: make("div", { class: "jobnb-line" }, control.el, native, open) };
  },
  check(field, row) {
    const input = make("input", { ...row.props, type: "checkbox", onchange: row.changed });
    const text = make("label", { for: row.props.id, class: "jobnb-beside" }, field.kind === "dryrun" ? "Dry run: nothing is changed" : field.label);
    return { el: make("div", { class: "jobnb-check" }, input, text), focus: input, read: () => input.checked, write: (value) => (input.checked = value === true || value === "true") };
  },
  dryrun(field, row) {
    return controls.check(field, row);
  },
  select(field, row) {
    if (field.choices) return controls.options(field, row);
    // What a function offers may be many, and more at one time than at another.
    const short = controls.options(field, row), long = search(field, row, false);
    const el = make("div", { class: "jobnb-either" }, short.el);
    let now = short;
    return { el, get focus() { return now.focus; }, read: () => now.read() ?? "", write: (value) => now.write(value), commit: () => now === long && long.commit(),
      update: (state) => {
        const wants = flat(state.choices[field.name]).length > MOST_OPTIONS ? long : short;
        if (wants !== now) {
          wants.write(now.read());
          el.replaceChildren((now = wants).el);
        }
        now.update(state);
      } };
  },
  options(field, row) {
    const input = make("select", { ...row.props, onchange: row.changed });
    let wanted = "";
    const draw = (choices) => {
      const known = flat(choices).map(([value]) => value);
      const options = (items) => items.map(([value, label]) =>
        Array.isArray(label) ? make("optgroup", { label: value }, options(label)) : make("option", { value }, label));
      input.replaceChildren(
        ...(field.blank || !known.includes(wanted) ? [make("option", { value: "" }, field.blank_text ?? "---------")] : []),
        ...options(choices ?? []),
        ...(wanted !== "" && !known.includes(wanted) ? [make("option", { value: wanted }, `${wanted} (no longer offered)`)] : []));
      input.value = wanted;
    };
    input.addEventListener("change", () => (wanted = input.value), true);
    let drawn;
    return { el: input, focus: input, read: () => input.value, write: (value) => ((wanted = String(value ?? "")), draw(drawn)),
      update: (state) => {
        const choices = field.choices ?? state.choices[field.name] ?? [];
        if (!same(choices, drawn)) draw((drawn = choices));
      } };
  },
  checks(field, row) {
    const boxes = new Map();
    const box = ([value, label], index) => {
      if (Array.isArray(label)) return make("div", { role: "group", "aria-label": value }, make("div", { class: "jobnb-group" }, value), label.map(box));
      const id = `${row.props.id}-${boxes.size}`;
      const input = make("input", { type: "checkbox", id, onchange: row.changed, "aria-describedby": row.props["aria-describedby"] });
      boxes.set(value, input);
      return make("div", { class: "jobnb-check" }, input, make("label", { for: id }, label));
    };
    const { id, ...rest } = row.props;
    const el = make("div", { role: "group", "aria-labelledby": row.labelId, class: "jobnb-checks" }, field.choices.map(box));
    return { el, mark: el, focus: boxes.values().next().value, read: () => [...boxes].filter(([, input]) => input.checked).map(([value]) => value),
      write: (values) => boxes.forEach((input, value) => (input.checked = (values ?? []).includes(value))) };
  },
  combo: (field, row) => search(field, row, false),
  chips: (field, row) => search(field, row, true),
  table(field, row) {
    const control = controls.area({ ...field, exact: true }, row);
    const area = control.focus;
    area.rows = 6;
    if (field.columns) area.placeholder = field.columns.join("\t");
    const preview = make("div", { class: "jobnb-preview", "aria-live": "polite" });
    const draw = () => {
      const rows = cells(area.value, 6);
      const count = area.value.split("\n").filter((line) => line.trim()).length - 1;
      preview.replaceChildren(...(rows.length < 2 ? [] : [
        make("table", {}, rows.map((row, index) => make("tr", {}, row.map((cell) => make(index ? "td" : "th", {}, cell))))),
        make("div", { class: "jobnb-help" }, `${count} ${count === 1 ? "row" : "rows"}${count > 5 ? ", the first 5 are shown" : ""}`)]));
    };
    const file = make("input", { type: "file", accept: ".csv,.tsv,.txt", hidden: true, onchange: async () => {
      const [chosen] = file.files;
      file.value = "";
      if (!chosen) return;
      if (chosen.size > MOST_TABLE) return row.complain([`${chosen.name} has ${sizeText(chosen.size)}; ${sizeText(MOST_TABLE)} can be opened here. Paste less, or give the file from Python.`]);
      try {
        control.write(new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer()));
      } catch (error) {
        return row.complain([error instanceof TypeError ? `${chosen.name} is not UTF-8 text; save it as UTF-8.` : `The browser cannot read ${chosen.name}: ${error.message}`]);
      }
      row.changed();
    } });
    area.addEventListener("input", later(PAUSE.typing, draw));
    const { write } = control;
    control.write = (value) => (write(value), draw());
    const hint = make("span", { class: "jobnb-help" }, "Paste rows with a header line, from a spreadsheet or as CSV, or ");
    return { ...control, el: make("div", {}, area, make("div", { class: "jobnb-line" }, hint, button("open a file", () => file.click()), file), preview) };
  },
  file: (field, row) => upload(field, row),
  widget(field, row) {
    const el = make("div", { class: "jobnb-widget", role: "group", "aria-labelledby": row.labelId });
    const manager = row.model.widget_manager;
    manager.get_model(field.model)
      .then((child) => manager.create_view(child))
      .then((view) => {
        // A view is told by JupyterLab's own panels that it is on the page; here nobody else does.
        el.append(view.el);
        view.trigger?.("displayed");
        for (const part of el.querySelectorAll("input,select,textarea,button,[role=slider]")) part.setAttribute("aria-label", field.label);
      }, (error) => el.append(`This widget cannot be shown here: ${error.message ?? error}`));
    return { el, mark: el, get focus() { return el.querySelector("input,select,textarea,button,[tabindex]") ?? el; }, foreign: true, read() {}, write() {} };
  },
};

function typed(input, row) {
  input.addEventListener("input", row.typing);
  input.addEventListener("change", row.changed);
  return { el: input, focus: input, read: () => input.value, write: (value) => (input.value = value ?? "") };
}

const oneLine = (row) => (event) => {
  const lines = event.clipboardData.getData("text").replace(/[\r\n]+$/, "").split(/\r\n|\r|\n/).length;
  if (lines === 1) return;
  event.preventDefault();
  row.complain([`Nothing was pasted: it has ${lines} lines, and there is room for one.`]);
};

function zone(text) {
  const minutes = -new Date(text).getTimezoneOffset();
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}

function cells(text, most) {
  const comma = text.split("\n", 1)[0].includes("\t") ? "\t" : text.split("\n", 1)[0].includes(",") ? "," : ";";
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length && rows.length <= most; i++) {
    const char = text[i], row = rows.at(-1);
    if (char === '"' && (quoted || row.at(-1) === "")) {
      if (quoted && text[i + 1] === '"') row[row.length - 1] += text[++i];
      else quoted = !quoted;
    } else if (char === comma && !quoted) row.push("");
    else if (char === "\n" && !quoted) rows.push([""]);
    else if (char !== "\r") row[row.length - 1] += char;
  }
  return rows.slice(0, most).filter((row) => row.some((cell) => cell.trim()));
}

function search(field, row, many) {
  const listId = `${row.props.id}-list`;
  const input = make("input", { ...row.props, type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder: "Type to search" });
  const list = make("ul", { id: listId, role: "listbox", hidden: true, "aria-label": field.label });
  const chips = make("div", { class: "jobnb-chips" });
  const labels = new Map();
  let chosen = [], active = -1, options = [], asked = 0, page = 0, choices = [], drawn = "[]";
  const labelOf = (key) => labels.get(JSON.stringify(key)) ?? String(key);
  const draw = () => {
    if (!many) return (input.value = chosen.length ? labelOf(chosen[0]) : "");
    const wanted = JSON.stringify(chosen.map((key) => [key, labelOf(key)]));
    if (wanted === drawn) return; // or a button that is pressed just now would be another one
    drawn = wanted;
    chips.replaceChildren(...chosen.map((key) => make("span", { class: "jobnb-chip" }, labelOf(key),
      button("×", () => (set(chosen.filter((item) => item !== key)), input.focus()), { "aria-label": `Remove ${labelOf(key)}` }))));
  };
  const set = (keys) => {
    chosen = keys;
    draw();
    row.changed();
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const point = (index) => {
    active = index;
    options.forEach((option, at) => option.setAttribute("aria-selected", at === active));
    options[active]?.scrollIntoView({ block: "nearest" });
    if (options[active]) input.setAttribute("aria-activedescendant", options[active].id);
  };
  const note = (text) => make("li", { class: "jobnb-note", role: "presentation" }, text);
  const show = (items, more, from) => {
    const old = from ? options.filter((option) => !option.dataset.more) : [];
    const option = (key, label, onmousedown) => make("li", { role: "option", id: `${listId}-${key}`, "aria-selected": "false", onmousedown }, label);
    const fresh = items.map(([key, label], index) => {
      labels.set(JSON.stringify(key), label);
      return option(old.length + index, label, (event) => (event.preventDefault(), pick(key)));
    });
    options = [...old, ...fresh];
    if (more) {
      const next = option("more", "More …", (event) => (event.preventDefault(), ask(page + 1)));
      next.dataset.more = "yes";
      options.push(next);
    }
    list.replaceChildren(...(options.length ? options : [note("Nothing fits.")]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point(from ? old.length : -1);
  };
  const pick = (key) => {
    if (key === null) set([]);
    else set(many ? [...chosen.filter((item) => !same(item, key)), key] : [key]);
    if (many) input.value = "";
    close();
  };
  const ask = (number) => {
    page = number;
    asked += 1;
    const text = !many && chosen.length && input.value === labelOf(chosen[0]) ? "" : input.value.trim();
    if (field.local) {
      const found = flat(choices).filter(([, label]) => String(label).toLowerCase().includes(text.toLowerCase()));
      return show(found.slice(20 * page, 20 * page + 20), found.length > 20 * page + 20, page);
    }
    if (list.hidden) {
      list.replaceChildren(note("Searching …"));
      list.hidden = false;
    }
    row.say({ t: "search", name: field.name, text, page, key: asked });
  };
  row.hear("found", (found) => {
    if (found.key !== asked || document.activeElement !== input) return;
    if (found.problem) return (list.hidden = false), list.replaceChildren(note(found.problem));
    show(found.items, found.more, page);
  });
  const askSoon = later(PAUSE.search, () => ask(0));
  input.addEventListener("input", () => askSoon());
  input.addEventListener("click", () => list.hidden && ask(0));
  const commit = () => {
    close();
    const text = input.value.trim(), before = many || !chosen.length ? "" : labelOf(chosen[0]);
    if (text === before) return;
    // Nothing that was typed goes away silently: what is in no list, Python refuses by name.
    const known = [...labels].find(([, label]) => String(label).toLowerCase() === text.toLowerCase());
    const typed = text ? [known ? JSON.parse(known[0]) : text] : [];
    if (many) input.value = "";
    set(many ? [...chosen.filter((key) => !same(key, typed[0])), ...typed] : typed);
  };
  input.addEventListener("blur", commit);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) ask(0);
    else if (step && options.length) point((active + step + options.length) % options.length);
    else if (event.key === "Enter" && !list.hidden && options[active]) options[active].dispatchEvent(new MouseEvent("mousedown", { cancelable: true }));
    else if (event.key === "Escape" && !list.hidden) close();
    else if (event.key === "Backspace" && many && !input.value && chosen.length) set(chosen.slice(0, -1));
    else return;
    event.preventDefault();
  });
  return { el: make("div", { class: "jobnb-search" }, many && chips, input, list), focus: input, commit,
    read: () => (many ? chosen : chosen[0] ?? null),
    write: (value) => {
      chosen = many ? value ?? [] : value == null || value === "" ? [] : [value];
      draw();
    },
    update: (state) => {
      choices = field.choices ?? state.choices[field.name] ?? [];
      for (const [key, label] of [...(field.local ? flat(choices) : []), ...(state.labels[field.name] ?? [])]) labels.set(JSON.stringify(key), label);
      if (many || document.activeElement !== input) draw();
    } };
}

function upload(field, row) {
  const picker = make("input", { type: "file", accept: field.accept, hidden: true, onchange: () => picker.files[0] && start(picker.files[0]) });
  const choose = button("Choose a file", () => picker.click(), row.props);
  const state = make("span", { role: "status" }, "or drop it here");
  const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": `Upload of ${field.label}` });
  const stop = button("×", () => end(true), { hidden: true, "aria-label": `Remove ${field.label}` });
  const el = make("div", { class: "jobnb-drop" }, choose, picker, state, bar, stop);
  let key = "", answered, count = 0;
  const say = (step, more = {}, buffers) => {
    const answer = new Promise((resolve) => (answered = resolve));
    row.say({ t: "file", name: field.name, key, step, ...more }, buffers);
    return answer;
  };
  const end = (drop) => {
    if (drop) {
      say("drop");
      row.complain([]);
    }
    key = "";
    bar.hidden = true;
    picker.value = "";
  };
  row.hear("file", (answer) => answer.key === key && answered?.(answer.problem));
  const start = async (file) => {
    const mine = (key = `${row.props.id}-${++count}`);
    bar.value = 0;
    bar.hidden = stop.hidden = false;
    let problem = await say("begin", { file: file.name, size: file.size });
    for (let at = 0; at < file.size && !problem && key === mine; at += PIECE) {
      try {
        problem = await say("piece", {}, [await file.slice(at, at + PIECE).arrayBuffer()]);
      } catch (error) {
        problem = `The browser cannot read ${file.name}: ${error.message}`;
      }
      bar.value = Math.min(1, (at + PIECE) / file.size);
      state.textContent = `${file.name}, ${Math.round(100 * bar.value)} %`;
    }
    if (key !== mine) return;
    problem ??= await say("end");
    end(false);
    row.complain(problem ? [problem] : []);
    if (problem) show(null);
  };
  const show = (file) => {
    state.textContent = file ? `${file.file} ${sizeText(file.size)}` : "or drop it here";
    choose.textContent = file ? "Choose another file" : "Choose a file";
    stop.hidden = !file;
  };
  const hover = (event) => {
    event.preventDefault();
    event.stopPropagation();
    el.classList.toggle("jobnb-over", event.type === "dragover");
    if (event.type === "drop" && event.dataTransfer.files[0]) start(event.dataTransfer.files[0]);
  };
  for (const type of ["dragover", "dragleave", "drop"]) el.addEventListener(type, hover);
  return { el, focus: choose, foreign: true, read() {}, write() {}, update: (now) => key || show(now.files[field.name]) };
}

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
  let state = model.get("_state"), sent = state.seen ?? 0, focused = state.focus ?? 0, busyTimer, lost = false;

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
    const lines = lost ? ["The kernel was restarted: run this cell again."] : state.top;
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
  const hear = (message) => {
    if (message.n >= sent) calm();
    for (const [t, name, action] of hearers) if (message.t === t && (name === undefined || name === message.name)) action(message);
  };

  const root = make("section", { class: "jobnb-form", "aria-label": spec.job, "data-lm-suppress-shortcuts": "true", onchange: () => dryrun(), onpointerenter: come, onfocusin: come,
    onkeydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.preventDefault(), run();
    } },
    make("header", {}, make("div", { class: "jobnb-title" }, spec.job), spec.description && make("div", { class: "jobnb-about" }, spec.description)),
    edited, notice, top, groups,
    settings.length ? make("details", { class: "jobnb-options" }, make("summary", {}, "Options"), settings.map((option) => option.node)) : "",
    make("footer", { class: !spec.fields.length && "jobnb-bare" }, start, status, past), busy, code);
  write();
  apply();
  el.append(root);
  const events = [["change:_shown", write], ["change:_state", apply], ["msg:custom", hear]];
  for (const [name, action] of events) model.on(name, action);
  return () => {
    for (const [name, action] of events) model.off(name, action);
    clearTimeout(busyTimer);
  };
}
export default { render };
