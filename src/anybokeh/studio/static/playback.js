// The bar under the picture: playing, the time, the part to render, decisions and the zoom of the timeline.

import { fill, html, Icon } from "./html.js";
import { mark, markAll } from "./part.js";
import { rove } from "./roving.js";
import { state, seek, isPlaying } from "./state.js";
import { timecode } from "./timecode.js";
import * as timeline from "./timeline.js";
import * as track from "./track.js";
import * as transport from "./transport.js";

// A button with an icon, or with a word.
function Press({ id, icon, word, label, title, act, children }) {
  return html`<button id=${id} type="button" title=${title} aria-label=${label} disabled=${!state.clip} onClick=${act}>
    ${icon && html`<${Icon} name=${icon} />`}${word}${children}
  </button>`;
}

function Time() {
  const { clip, clock, frame } = state;
  if (!clip) return html`<output id="time" class="time" aria-live="off">00:00:00:00</output>`;
  const title = `${track.timeOf(clock, frame).toFixed(3)} s, frame ${frame}`;
  return html`<output id="time" class="time" aria-live="off" title=${title}>${timecode(clock, frame)} · ${frame}</output>`;
}

function Playback() {
  const plays = isPlaying();
  return html`
    <${Press} id="first" icon="skip-back" label="First frame" title="First frame (Home)" act=${() => seek(0)} />
    <${Press} id="back" icon="step-back" label="One frame back" title="One frame back (←)" act=${() => seek(state.frame - 1)} />
    <${Press} id="play" icon=${plays ? "pause" : "play"} label=${plays ? "Pause" : "Play"} title="Play, pause (Space)" act=${transport.toggle} />
    <${Press} id="forward" icon="step-forward" label="One frame on" title="One frame on (→)" act=${() => seek(state.frame + 1)} />
    <${Press} id="last" icon="skip-forward" label="Last frame" title="Last frame (End)" act=${() => seek(state.clock.count - 1)} />
    <${Time} />
    <output id="speed" class="quiet">${plays && state.speed !== 1 ? `${state.speed}×` : ""}</output>
    <span id="sound" class="quiet" title="Sound plays at normal speed" hidden=${!state.clip?.audio}><${Icon} name="volume-2" /></span>
    <span class="grow"></span>
    <${Press} id="mark-in" word="In" title="Begin here (I)" act=${() => mark("first")} />
    <${Press} id="mark-out" word="Out" title="End here (O)" act=${() => mark("last")} />
    <${Press} id="mark-clear" word="All" title="Render the whole clip" act=${markAll} />
    <span class="rule"></span>
    <${Press} id="add-key" icon="diamond-plus" title="Add a decision here that changes nothing yet (M)" act=${timeline.add}><span>Add decision</span><//>
    <${Press} id="zoom-out" icon="zoom-out" label="Show more time" title="Show more time (−)" act=${() => timeline.zoom(1 / 1.6)} />
    <${Press} id="zoom-in" icon="zoom-in" label="Show less time" title="Show less time (+)" act=${() => timeline.zoom(1.6)} />
    <${Press} id="zoom-all" word="Fit" title="Show the whole clip" act=${timeline.zoomAll} />
  `;
}

fill(".transport", Playback);
rove(document.querySelector(".transport"));
