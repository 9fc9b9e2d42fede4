// A file on its way to Python, in pieces that are acknowledged.
import { button, make, sizeText } from "./elements.js";

const PIECE = 512 * 1024;

export function upload(field, row) {
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
