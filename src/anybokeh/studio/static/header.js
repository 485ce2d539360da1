// The bar at the top: the clip, whether all is saved, undo and redo; and the banner below it.

import { fill, html, Icon } from "./html.js";
import { PanelSwitch } from "./panels.js";
import { rove } from "./roving.js";
import { failure, saving, step, takeBack } from "./saving.js";
import { state } from "./state.js";
import { switchTheme } from "./theme.js";
import { clockText } from "./timecode.js";
import * as track from "./track.js";
import { effect } from "./vendor/signals-core.js";

const SAYS = { saved: "saved", saving: "saving…", failed: "not saved" };
const $ = (id) => document.getElementById(id);

const isWell = () => state.reached && !failure();

function facts({ width, height, images, rate }) {
  return `${width}×${height} · ${images ? "images" : `${Number(rate.toFixed(3))} fps`} · ${clockText(track.durationOf(state.clock), 1)}`;
}

function Header() {
  const { clip } = state;
  return html`
    <span class="brand"><svg viewBox="0 0 32 32" aria-hidden="true"><use href="/static/icon.svg#iris" /></svg>anybokeh <b>studio</b></span>
    <h1 id="clip-name">${clip?.name ?? html`<span class="hidden">No clip is open</span>`}</h1>
    <span id="clip-facts" class="quiet">${clip && facts(clip)}</span>
    <span class="grow"></span>
    <span id="saved" class="quiet" role="status"><${Saved} /></span>
    <div class="actions" role="toolbar" aria-label="Page" ref=${rove}>
      <button id="undo" type="button" title="Undo (Ctrl+Z)" aria-label="Undo" disabled=${!clip || !state.undo} onClick=${() => step("undo")}><${Icon} name="undo-2" /></button>
      <button id="redo" type="button" title="Redo (Ctrl+Shift+Z)" aria-label="Redo" disabled=${!clip || !state.redo} onClick=${() => step("redo")}><${Icon} name="redo-2" /></button>
      <${PanelSwitch} name="library" icon="panel-left" label="Clips and renders" />
      <${PanelSwitch} name="inspector" icon="panel-right" label="Settings" />
      <button id="theme" type="button" title="Dark or light" aria-label="Switch between dark and light" onClick=${switchTheme}><${Icon} name="sun-moon" /></button>
      <button id="help" type="button" title="Keys (?)" aria-label="Show the keys" onClick=${() => $("keys").showModal()}><${Icon} name="circle-question-mark" /></button>
    </div>
  `;
}

const Saved = () => (!state.reached && saving() === "saved" ? "not connected" : SAYS[saving()]);

// What is not saved is said until it is.
function Banner() {
  const why = failure();
  if (isWell()) return null;
  return html`
    <p id="banner-text">${why ? `Not saved: ${why} Your changes are kept in this page and sent again.` : "The studio does not answer. It is asked again and again."}</p>
    <button id="banner-back" type="button" hidden=${!why || !state.reached} onClick=${takeBack}>Take the change back</button>
  `;
}

fill(".bar", Header);
fill("#banner", Banner);
effect(() => {
  $("banner").hidden = isWell();
});
effect(() => {
  document.title = state.clip ? `${state.clip.name} – anybokeh studio` : "anybokeh studio";
});
