// Controls whose value is shown in the picture while it moves, and kept when it is let go.

import { html } from "./html.js";
import { commit } from "./saving.js";
import { state, show } from "./state.js";
import { useSignal } from "./vendor/signals.js";

export const fixed = (digits) => (value) => value.toFixed(digits);

function keepShown() {
  if (state.dragging) commit(state.document);
}

// What a control does: `make` gives the document with its value.
function acts(make) {
  const change = ({ currentTarget: { value, validity } }, keep) => {
    if (!state.clip || value === "" || !validity.valid) return;
    (keep ? commit : show)(make(Number(value)));
  };
  // one that is back where it was says nothing when it is let go
  const letGo = () => setTimeout(keepShown);
  return {
    onInput: (event) => change(event, false),
    onChange: (event) => change(event, true),
    onPointerUp: letGo,
    onPointerCancel: letGo,
  };
}

export const Range = ({ make, ...given }) => html`<input type="range" ...${given} ...${acts(make)} />`;

// What is typed stands until the field is left; then what is shown is kept, even if what was typed last is none.
export function NumberField({ make, value, ...given }) {
  const typed = useSignal(null);
  const { onInput, onChange } = acts(make);
  const type = (event) => {
    typed.value = event.currentTarget.value;
    onInput(event);
  };
  const leave = () => {
    typed.value = null;
    keepShown();
  };
  return html`<input type="number" ...${given} value=${typed.value ?? value} onInput=${type} onChange=${onChange} onBlur=${leave} />`;
}

// A slider with its name and its value. said: the value as a text; by default it is `text` of the value.
export function Slider({ id, name, hint, title, value, text, said, style = "", ...given }) {
  return html`<div class=${`field ${style}`}>
    <label for=${id} title=${title}>${name}${hint && html` <span class="quiet">${hint}</span>`}</label>
    ${said ?? html`<output id=${`${id}-value`}>${value === undefined ? "" : text(value)}</output>`}
    <${Range} id=${id} value=${value} ...${given} />
  </div>`;
}
