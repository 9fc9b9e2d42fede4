// Choices to search in, of a list that is here or of objects that Python finds.
import { button, later, make, same } from "./elements.js";

const SEARCH_PAUSE = 120;

export const flat = (choices) =>
  (choices ?? []).flatMap(([value, label]) => (Array.isArray(label) ? flat(label) : [[value, label]]));

export function search(field, row, many) {
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
  const askSoon = later(SEARCH_PAUSE, () => ask(0));
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
