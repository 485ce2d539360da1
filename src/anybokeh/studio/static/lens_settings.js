// The lens: by name, the shape of its aperture, and its character.

import { Choices, html } from "./html.js";
import { Options } from "./options.js";
import { commit } from "./saving.js";
import { fixed, Slider } from "./slider.js";
import { state } from "./state.js";

const SHAPES = [["disc", "Disc"], ["blades:5", "5 blades"], ["blades:6", "6 blades"], ["blades:7", "7 blades"], ["blades:8", "8 blades"], ["blades:9", "9 blades"]];

function Outline({ shape }) {
  const blades = Number(shape.split(":")[1]);
  if (!blades) return html`<circle r="9" />`;
  const corners = Array.from({ length: blades }, (_, corner) => {
    const angle = ((corner + 0.5) / blades) * 2 * Math.PI - Math.PI / 2;
    return `${(9.5 * Math.cos(angle)).toFixed(2)},${(9.5 * Math.sin(angle)).toFixed(2)}`;
  });
  return html`<polygon points=${corners.join(" ")} />`;
}

const Picture = ({ shape }) => html`<svg viewBox="-12 -12 24 24" aria-hidden="true"><${Outline} shape=${shape} /></svg>`;
const CHOICES = SHAPES.map(([shape, name]) => [shape, html`<${Picture} shape=${shape} />`, name]);

// --- aperture texts: disc or blades:N, with ,rotation=DEG ,roundness=R ,rim=R ,onion=R ,dust=R

function readAperture(text) {
  const [shape, ...rest] = text.split(",");
  const settings = Object.fromEntries(rest.map((one) => one.split("=")).map(([name, value]) => [name, Number(value)]));
  return { shape, rotation: 0, roundness: 0, rim: 0, onion: 0, dust: 0, ...settings };
}

function writeAperture({ shape, rotation, roundness, rim, onion, dust }) {
  const parts = [shape];
  for (const [name, value] of Object.entries({ rotation, roundness, rim, onion, dust })) if (value) parts.push(`${name}=${value}`);
  return parts.join(",");
}

const withAperture = (fields) => ({ ...state.document, aperture: writeAperture({ ...readAperture(state.document.aperture), ...fields }) });

// A lens by name sets all that it says, and every control can be moved afterwards.
function Named() {
  const lenses = state.studio?.lenses ?? {};
  const name = state.document?.lens ?? "";
  const names = Object.keys(lenses);
  if (!names.includes(name)) names.push(name);
  const change = ({ currentTarget: { value } }) => commit({ ...state.document, lens: value || null, ...lenses[value] });
  return html`<div class="row"><label for="lens">Lens</label>
    <select id="lens" value=${name} onChange=${change}>${names.map((one) => html`<option key=${one} value=${one}>${one || "Perfect"}</option>`)}</select>
  </div>`;
}

// A setting of the aperture, and a number of the document.
const OfAperture = ({ id, text = fixed(2), aperture, ...given }) => html`<${Slider} id=${id} value=${aperture?.[id]} text=${text} make=${(value) => withAperture({ [id]: value })} ...${given} />`;
const OfLens = ({ id, field = id, text = fixed(2), ...given }) => html`<${Slider} id=${id} value=${state.document?.[field]} text=${text} make=${(value) => ({ ...state.document, [field]: value })} ...${given} />`;

export function LensSettings() {
  const { document } = state;
  const aperture = document && readAperture(document.aperture);
  const blades = `blades${aperture?.shape === "disc" ? " off" : ""}`;
  const lights = document ? Number(document.highlights.split(",")[0]) : undefined;
  return html`<section>
    <h2>Lens</h2>
    <${Named} />
    <${Choices} id="shapes" kind="shape" label="Shape of the aperture" style="shapes" names choices=${CHOICES} now=${aperture?.shape} choose=${(shape) => state.clip && commit(withAperture({ shape }))} />
    <details>
      <summary>Lens character</summary>
      <${OfAperture} id="rotation" name="Rotation" style=${blades} min="0" max="120" step="1" text=${(value) => `${value}°`} aperture=${aperture} />
      <${OfAperture} id="roundness" name="Roundness" style=${blades} min="0" max="1" step="0.05" aperture=${aperture} />
      <${OfAperture} id="rim" name="Rim" hint="creamy – bubble" min="-1" max="1" step="0.05" aperture=${aperture} />
      <${OfAperture} id="onion" name="Rings" min="0" max="1" step="0.05" aperture=${aperture} />
      <${OfAperture} id="dust" name="Dust" min="0" max="1" step="0.05" aperture=${aperture} />
      <${OfLens} id="anamorphic" name="Anamorphic" min="0.5" max="2.5" step="0.05" text=${(value) => `${value.toFixed(2)}×`} />
      <${OfLens} id="cats-eye" field="cats_eye" name="Cat's eye" min="0" max="1" step="0.05" />
      <${Slider} id="highlights" name="Highlights" min="0" max="12" step="0.5" value=${lights} text=${(value) => (value ? `+${value}` : "off")} make=${(strength) => ({ ...state.document, highlights: String(strength) })} />
      <${Options} place="lens-options" />
    </details>
  </section>`;
}
