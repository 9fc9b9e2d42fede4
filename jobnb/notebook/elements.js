// What the widgets build their pages of.
export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== false && child != null && child !== ""));
  return node;
}
export const button = (text, onclick, props = {}) => make("button", { type: "button", onclick, ...props }, text);
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
export const later = (wait, action) => {
  let timer;
  return (...values) => (clearTimeout(timer), (timer = setTimeout(() => action(...values), wait)));
};
export const sizeText = (size) =>
  size == null ? "" : size < 1e3 ? `${size} bytes` : size < 1e6 ? `${(size / 1e3).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
