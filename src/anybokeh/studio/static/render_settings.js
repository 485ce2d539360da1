// Rendering at full quality, and taking along what makes the same frames elsewhere.

import * as api from "./api.js";
import { html } from "./html.js";
import * as messages from "./messages.js";
import { Options } from "./options.js";
import { part } from "./part.js";
import { rove } from "./roving.js";
import { failure, settled } from "./saving.js";
import { state } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const NAMES = { h264: "H.264 (.mp4)", hevc: "HEVC (.mp4)", prores: "ProRes (.mov)", ffv1: "FFV1, lossless (.mkv)", vp9: "VP9 (.webm)", av1: "AV1 (.mp4)" };
const chosen = signal(null);
const quality = signal("");
const starting = signal(false);

const codec = () => chosen.value ?? state.studio?.codecs[0];
const crf = () => (quality.value === "" ? null : Number(quality.value));

async function render() {
  await settled();
  if (failure()) {
    messages.problem("Not rendered: the newest change is not saved, see above.");
    return;
  }
  starting.value = true;
  try {
    const begun = await api.send("POST", `/api/clips/${state.clip.id}/render`, { codec: codec(), crf: crf() });
    // it may have been told of already
    state.renders = [begun, ...state.renders.filter((one) => one.id !== begun.id)];
  } catch (error) {
    messages.problem(error.message);
  }
  starting.value = false;
}

async function copyCommand() {
  await settled();
  try {
    const query = new URLSearchParams({ codec: codec(), ...(crf() === null ? {} : { crf: crf() }) });
    const { command } = await api.get(`/api/clips/${state.clip.id}/command?${query}`);
    await copy(command);
    messages.note(`Copied: ${command}`);
  } catch (error) {
    messages.problem(error.message);
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // pages that are not on this machine itself have no clipboard
    const area = Object.assign(document.getElementById("clipboard"), { hidden: false, value: text });
    area.select();
    document.execCommand("copy");
    area.hidden = true;
  }
}

function Part() {
  if (!state.clip) return null;
  const { first, last } = state.document;
  return first === null && last === null ? "The whole clip" : `Frames ${part().join(" to ")}`;
}

export const RenderSettings = () => html`<section class="export">
  <h2>Render</h2>
  <div class="row"><label for="codec">Format</label>
    <select id="codec" value=${codec()} onChange=${(event) => (chosen.value = event.currentTarget.value)}>${(state.studio?.codecs ?? []).map((one) => html`<option key=${one} value=${one}>${NAMES[one] ?? one}</option>`)}</select>
  </div>
  <div class="row"><label for="crf">Quality <span class="quiet">lower is better</span></label>
    <input id="crf" type="number" min="0" max="63" placeholder="auto" value=${quality.value} onInput=${(event) => (quality.value = event.currentTarget.value)} />
  </div>
  <details>
    <summary>More options</summary>
    <${Options} place="options" />
  </details>
  <p id="part" class="quiet"><${Part} /></p>
  <div class="buttons" role="toolbar" aria-label="Take along" ref=${rove}>
    <button id="copy" type="button" onClick=${copyCommand}>Copy command</button>
    <a id="track-file" class="button" href=${state.clip ? `/api/clips/${state.clip.id}/track` : undefined} download="">Track file</a>
  </div>
</section>`;

export const RenderButton = () => html`<div class="action"><button id="render" type="button" class="primary wide" disabled=${starting.value} onClick=${render}>Render at full quality</button></div>`;
