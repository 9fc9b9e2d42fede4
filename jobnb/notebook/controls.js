// The control of each kind of field. It checks nothing: what is wrong, Python says.
import { flat, search } from "./choices.js";
import { button, later, make, same, sizeText } from "./elements.js";
import { upload } from "./upload.js";

const MOST_TABLE = 5e6;
const MOST_OPTIONS = 40;
const PREVIEW_PAUSE = 400;

// Drawn, as not every system has a font with a picture of it.
const calendar = () => {
  const icon = make("span");
  icon.innerHTML = '<svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.3" aria-hidden="true"><rect x="2" y="3" width="12" height="11" rx="1.5"/><path d="M2 6.5h12M5 1.5v3M11 1.5v3"/></svg>';
  return icon.firstChild;
};
// A control is { el, focus, read(), write(value), commit()?, update(state)? }; `row` tells it apart and hears of changes.
export const controls = {
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
    area.addEventListener("input", later(PREVIEW_PAUSE, draw));
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
