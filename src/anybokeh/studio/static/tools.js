// The bar above the picture: what is shown, focus peaking, the size, and what is compared.

import { Choices, fill, html, Icon } from "./html.js";
import { fullScreen } from "./keyboard.js";
import { rendersOf, timeText } from "./renders.js";
import { rove } from "./roving.js";
import { source, state } from "./state.js";
import * as viewer from "./viewer.js";

const VIEWS = [
  ["refocused", "Refocused", "Refocused (1)"],
  ["original", "Original", "Original (2)"],
  ["compare", "Compare", "Compare (3)"],
  ["disparity", "Depth", "Depth (4): white is near. What is drawn is disparity, which grows with 1 / distance"],
];
const SIZES = [["fit", "Fit"], ["1", "100 %"], ["2", "200 %"]];

function Size() {
  const { scale, percent } = viewer.shown();
  const sizes = SIZES.some(([size]) => size === scale) ? SIZES : [...SIZES, [scale, `${percent} %`]];
  return html`<label class="quiet">Zoom <select id="scale" aria-label="Size of the picture" value=${scale} onChange=${(event) => viewer.resize(event.currentTarget.value)}>
    ${sizes.map(([size, name]) => html`<option key=${size} value=${size}>${name}</option>`)}
  </select></label>`;
}

function Source() {
  const own = rendersOf(state.clip);
  return html`<label class="source" hidden=${!own.length}>of <select id="source" aria-label="What is compared" value=${source()} onChange=${(event) => (state.source = event.currentTarget.value)}>
    <option value="">live preview</option>
    ${own.map(({ id, begun }) => html`<option key=${id} value=${id}>render of ${timeText(begun)}</option>`)}
  </select></label>`;
}

function Tools() {
  return html`
    <${Choices} id="views" kind="view" label="What is shown" choices=${VIEWS} now=${state.view} choose=${(view) => (state.view = view)} off=${!state.clip} />
    <label class="check"><input id="peaking" type="checkbox" checked=${state.peaking} onChange=${(event) => (state.peaking = event.currentTarget.checked)} /> Focus peaking</label>
    <label class="colour" title="Colour of focus peaking"><span class="hidden">Colour of focus peaking</span><input id="peaking-colour" type="color" value=${state.peakingColour} onInput=${(event) => (state.peakingColour = event.currentTarget.value)} /></label>
    <span class="grow"></span>
    <${Size} />
    <button id="full" type="button" title="Full screen (F)" aria-label="Full screen" onClick=${fullScreen}><${Icon} name="maximize" /></button>
    <${Source} />
  `;
}

fill(".tools", Tools);
rove(document.querySelector(".tools"));
