// What the widgets build their pages of.
// Characters that act on what stands around them are shown as their codes, as in all other views.
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const code = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
export const visible = (text) => String(text).replace(ACTING, code);

export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  const shown = children.flat().filter((child) => child !== false && child != null && child !== "");
  node.append(...shown.map((child) => (child instanceof Node ? child : visible(child))));
  return node;
}
export const button = (text, onclick, props = {}) => make("button", { type: "button", onclick, ...props }, text);
// Keys that are pressed inside are no shortcuts of the notebook. Notebook 7 looks at them before they arrive, and what
// has the focus is a match for it before anything around that: so both are marked.
export function keepKeys(root) {
  const mark = (node) => node.setAttribute("data-lm-suppress-shortcuts", "true");
  mark(root);
  root.addEventListener("focusin", ({ target }) => mark(target));
  root.addEventListener("keydown", (event) => event.stopPropagation());
}
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
export const later = (wait, action) => {
  let timer;
  return (...values) => (clearTimeout(timer), (timer = setTimeout(() => action(...values), wait)));
};
export const sizeText = (size) =>
  size == null ? "" : size < 1e3 ? `${size} bytes` : size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
