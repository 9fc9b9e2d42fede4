// Where a widget is drawn: in the places that cells keep for it in their HTML, or in a view.
// A notebook holds the HTML alone, which says something of its own when there is no kernel.
import { make } from "./elements.js";

export function inPlaces(draw, begin) {
  function initialize({ model }) {
    begin?.(model);
    const name = model.get("_place");
    if (!name) return;
    insist(model, name.replace(/.*-/, ""));
    // A place is noticed when it appears, however late and wherever, by an animation that moves nothing.
    const style = make("style", {}, `@keyframes ${name} {} .${name} { animation: ${name} 1ms }`);
    const drawn = new Map(); // place to what takes the widget out of it
    const appear = ({ animationName, target }) => {
      if (animationName !== name || drawn.has(target)) return;
      for (const [place, leave] of drawn) place.isConnected || leave(); // should one come back, it appears again
      drawn.set(target, fill(target));
    };
    const fill = (place) => {
      const around = place.closest(".jp-RenderedHTMLCommon"), before = [...place.childNodes], el = make("div");
      around?.classList.remove("jp-RenderedHTMLCommon"); // its style is for what people write
      place.replaceChildren(el);
      const stop = draw({ model, el });
      // What comes instead, as the picture of a run, is what people write again.
      const gone = new MutationObserver(() => around.contains(place) || leave());
      const leave = () => {
        drawn.delete(place);
        gone.disconnect();
        stop();
        place.replaceChildren(...before);
        around?.classList.add("jp-RenderedHTMLCommon");
      };
      if (around) gone.observe(around, { childList: true });
      return leave;
    };
    document.addEventListener("animationstart", appear);
    document.head.append(style);
    return () => {
      document.removeEventListener("animationstart", appear);
      style.remove();
      for (const leave of [...drawn.values()]) leave();
    };
  }
  return { initialize, render: draw };
}

// anywidget gives a model up whose code has taken more than two seconds to come, as in a page that is busy:
// it hears nothing any more. Then it is told by what would be told next, and asks for what it has missed.
async function insist(model, id) {
  const real = await model.widget_manager?.get_model?.(id);
  if (!real?.comm) return;
  try {
    await real._handle_comm_msg({ content: { data: { method: "none" } } });
  } catch {
    const { _handle_comm_msg: hear } = Object.getPrototypeOf(real.constructor.prototype);
    real.comm.on_msg((message) => hear.call(real, message));
    real.comm.send({ method: "request_state" });
  }
}

// The outputs of the notebook that have a class in their HTML; none where a page does not tell.
function* outputsWith(model, name) {
  const cells = model.widget_manager?.context?.model?.sharedModel?.cells ?? [];
  for (const cell of cells) {
    const outputs = cell.getOutputs?.() ?? [];
    for (let at = 0; at < outputs.length; at++) {
      const html = [outputs[at].data?.["text/html"]].flat().join("");
      if (html.includes(name)) yield { html, replace: (data) => cell.updateOutputs(at, at + 1, [{ ...outputs[at], data }]) };
    }
  }
}
// What a display slot has now, as HTML; null if no cell here has it.
export const inSlot = (model, slot) => outputsWith(model, slot).next().value?.html ?? null;
export function putInSlot(model, slot, data) {
  for (const output of [...outputsWith(model, slot)]) output.replace(data);
}
