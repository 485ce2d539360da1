// Controls that the table of options asks for, beside those made by hand.

import { commit } from "./saving.js";
import { state, listen } from "./state.js";

const controls = new Map();

listen((changes) => {
  if (!state.clip) return;
  if (!controls.size) for (const option of state.studio.options) document.getElementById(option.place).append(row(option));
  if (changes.has("clip") || changes.has("document")) for (const [name, show] of controls) show(state.document[name]);
});

function row(option) {
  const line = document.createElement("div");
  line.className = "row";
  line.title = option.help;
  const label = document.createElement("label");
  label.htmlFor = `option-${option.name}`;
  label.textContent = option.label;
  const control = option.kind === "choice" ? document.createElement("select") : document.createElement("input");
  control.id = label.htmlFor;
  if (option.kind === "choice") control.replaceChildren(...option.choices.map((word) => new Option(word, word)));
  if (option.kind === "switch") control.type = "checkbox";
  if (option.kind === "number") {
    control.type = "number";
    control.step = option.step;
    if (option.low !== null) control.min = option.low;
    if (option.high !== null) control.max = option.high;
  }
  if (option.kind === "text") control.placeholder = option.usual ?? "";
  control.addEventListener("change", () => commit({ ...state.document, [option.name]: read(option, control) }));
  controls.set(option.name, (value) => {
    if (option.kind === "switch") control.checked = value;
    else control.value = value ?? "";
  });
  line.append(label, control);
  return line;
}

function read(option, control) {
  if (option.kind === "switch") return control.checked;
  if (option.kind === "number") return control.value === "" ? null : Number(control.value);
  return control.value.trim() || null;
}
