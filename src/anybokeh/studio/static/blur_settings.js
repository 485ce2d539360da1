// How strong the blur is, also as the f-number of a lens.

import * as camera from "./camera.js";
import * as depth from "./depth.js";
import { html } from "./html.js";
import { valuesHere, withShared } from "./shared.js";
import { NumberField, Range, Slider } from "./slider.js";
import { state, values } from "./state.js";

const CAMERA = [
  ["focal_length", "Focal length", "mm", { min: 1, max: 2000, step: 1 }],
  ["sensor_width", "Sensor width", "mm", { min: 1, max: 200, step: 0.1 }],
  ["subject_distance", "Subject distance", "m", { min: 0.05, max: 100000, step: 0.1 }],
];

const aspect = () => state.clip.width / state.clip.height;
const withStop = (stop) => withShared("blur")(camera.blurOf(camera.STOPS[stop], values().focus ?? 0.5, state.document.camera, aspect()));
const withCamera = (field) => (value) => ({ ...state.document, camera: { ...state.document.camera, [field]: value } });
const fNumber = ({ blur, focus }) => camera.fNumber(blur, focus ?? 0.5, state.document.camera, aspect());

function FNumber() {
  const now = valuesHere();
  if (!now) return html`<output id="f-number" />`;
  if (now.focus === null) return html`<output id="f-number">–</output>`;
  const { focal_length, subject_distance } = state.document.camera;
  const aperture = camera.asAperture(fNumber(now));
  return html`<output id="f-number" title=${`equivalent to ${focal_length} mm at ${aperture}, subject ${subject_distance} m away`}>${aperture}</output>`;
}

function LargestRadius() {
  const now = valuesHere();
  if (!now) return null;
  if (now.focus === null) return "–";
  const map = depth.current();
  const { width } = state.clip;
  let largest = map ? 0 : Math.max(camera.radius(0, now, width), camera.radius(1, now, width));
  for (let index = 0; index < (map?.values.length ?? 0); index += 7) largest = Math.max(largest, camera.radius(map.values[index] / 65535, now, width));
  return `${largest.toFixed(1)} px`;
}

const CameraRow = ({ field, name, unit, range }) => {
  const id = field.replace("_", "-");
  return html`<div class="row"><label for=${id}>${name}</label>
    <span><${NumberField} id=${id} value=${state.document?.camera[field]} make=${withCamera(field)} ...${range} /> ${unit}</span>
  </div>`;
};

export function BlurSettings() {
  const now = valuesHere();
  const stop = now ? camera.stopOf(fNumber(now)) : undefined;
  return html`<section>
    <h2>Blur</h2>
    <${Slider} id="stop" name="f-number" hint="open – closed" title="Of a lens that blurs as much here, for the assumed camera" min="0" max="33" step="1" value=${stop} said=${html`<${FNumber} />`} make=${withStop} />
    <dl class="facts">
      <div><dt>largest radius here</dt><dd id="blur-pixels"><${LargestRadius} /></dd></div>
    </dl>
    <details>
      <summary>Strength and assumed camera</summary>
      <div class="field"><label for="blur" title="Radius in pixels per unit of disparity, in a picture 1024 pixels wide">Strength K</label>
        <${NumberField} id="blur-number" min="0" max="512" step="1" aria-label="Strength K" value=${now && Number(now.blur.toFixed(1))} make=${withShared("blur")} />
        <${Range} id="blur" min="0" max="100" step="0.5" value=${now?.blur} make=${withShared("blur")} /></div>
      ${CAMERA.map(([field, name, unit, range]) => html`<${CameraRow} key=${field} field=${field} name=${name} unit=${unit} range=${range} />`)}
    </details>
  </section>`;
}
