// Controls that the table of options asks for, beside those made by hand.

import { html } from "./html.js";
import { commit } from "./saving.js";
import { state } from "./state.js";

function read(option, control) {
  if (option.kind === "switch") return control.checked;
  if (option.kind === "number") return control.value === "" ? null : Number(control.value);
  return control.value.trim() || null;
}

function Control({ option, id, value }) {
  const { kind, choices, step, low, high, usual } = option;
  const change = ({ currentTarget }) => commit({ ...state.document, [option.name]: read(option, currentTarget) });
  if (kind === "choice") {
    return html`<select id=${id} value=${value ?? ""} onChange=${change}>${choices.map((word) => html`<option key=${word} value=${word}>${word}</option>`)}</select>`;
  }
  if (kind === "switch") return html`<input id=${id} type="checkbox" checked=${value} onChange=${change} />`;
  if (kind === "number") return html`<input id=${id} type="number" step=${step} min=${low} max=${high} value=${value ?? ""} onChange=${change} />`;
  return html`<input id=${id} type="text" placeholder=${usual ?? ""} value=${value ?? ""} onChange=${change} />`;
}

function Row({ option }) {
  const id = `option-${option.name}`;
  return html`<div class="row" title=${option.help}>
    <label for=${id}>${option.label}</label>
    <${Control} option=${option} id=${id} value=${state.document[option.name]} />
  </div>`;
}

// Those of a place.
export function Options({ place }) {
  const own = state.clip ? state.studio.options.filter((option) => option.place === place) : [];
  return html`<div id=${place}>${own.map((option) => html`<${Row} key=${option.name} option=${option} />`)}</div>`;
}
