// Where depth comes from, and how far the studio is with it.

import * as api from "./api.js";
import { chooseMaps } from "./chooser.js";
import { html } from "./html.js";
import * as messages from "./messages.js";
import { commit } from "./saving.js";
import { state, doing } from "./state.js";

const SOURCES = [["auto", "found in the clip"], ["salient", "subject cut-out"]];

function Source() {
  const now = state.document?.disparity ?? "auto";
  const sources = SOURCES.some(([one]) => one === now) ? SOURCES : [...SOURCES, [now, now.split("/").at(-1)]];
  return html`<div class="row"><label for="disparity">From</label>
    <select id="disparity" value=${now} onChange=${(event) => commit({ ...state.document, disparity: event.currentTarget.value })}>${sources.map(([one, name]) => html`<option key=${one} value=${one}>${name}</option>`)}</select>
    <button id="disparity-choose" type="button" onClick=${chooseMaps}>Maps…</button>
  </div>`;
}

function Notes() {
  const { disparity, notes } = state.progress ?? { disparity: { state: "stopped" }, notes: [] };
  const says = { done: notes, working: [doing(disparity, "Looking through the clip")], failed: [disparity.message] };
  const [first = "", ...more] = says[disparity.state] ?? [];
  return html`<details id="disparity-notes" class=${more.length ? "" : "single"} hidden=${!first}>
    <summary id="disparity-note" class="quiet">${first}</summary>
    <p class="quiet">${more.join(". ")}</p>
  </details>`;
}

async function fetchNetwork() {
  try {
    state.depthNetwork = await api.send("POST", "/api/depth-network");
  } catch (error) {
    messages.problem(error.message);
  }
}

// What fetches the depth network, where the clip is looked through without it.
function Network() {
  const { there, offered, title, size, state: now, total, done } = state.depthNetwork ?? { there: true };
  const share = total ? ` ${Math.floor((100 * done) / total)} %` : "";
  return html`<div class="buttons" id="depth-network" hidden=${there || !offered || state.document?.disparity !== "auto"}>
    <button id="fetch-depth" type="button" disabled=${now === "working"} onClick=${fetchNetwork}>${now === "working" ? `Fetching ${title}${share}` : `Fetch ${title} (${size})`}</button>
  </div>`;
}

export const DepthSettings = () => html`<section>
  <h2>Depth</h2>
  <${Source} />
  <${Notes} />
  <${Network} />
</section>`;
