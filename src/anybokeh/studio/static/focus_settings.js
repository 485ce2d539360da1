// What is sharp, and what a click does.

import { replaced } from "./decisions.js";
import { Choices, html } from "./html.js";
import { commit } from "./saving.js";
import { held, valuesHere, withShared } from "./shared.js";
import { fixed, Slider } from "./slider.js";
import { setFocus } from "./stage.js";
import { state, chosen, decisions, standingFrame, withDecisions } from "./state.js";
import { timecode } from "./timecode.js";
import * as track from "./track.js";

const MODES = [
  ["distance", "Depth", "A click focuses at the depth of what is clicked"],
  ["follow", "Follow", "A click follows what is clicked; so does a click with Alt or Shift, and a double click"],
  ["subject", "Subject", "Follow the subject that was found, from here on"],
];
const TRANSITIONS = [[0, "cut"], [0.25, "0.25 s"], [0.5, "0.5 s"], [1, "1 s"], [2, "2 s"], [4, "4 s"]];

const withFocus = (focus) => withDecisions(replaced(decisions(), held(), { focus, ...(decisions().length === 1 ? { ease: "hold" } : {}) }));
const isSubject = (spec) => spec === "subject" || spec === "auto";

// What is lit follows from the decision that holds here, so that undo and the playhead move it.
function Mode() {
  const lit = state.clip && isSubject(decisions()[held()].focus) ? "subject" : state.click;
  const choose = (mode) => {
    if (mode !== "subject") state.click = mode;
    else if (state.clip) setFocus("subject");
  };
  return html`<${Choices} id="focus-mode" kind="mode" label="What a click does" style="segments wide" choices=${MODES} now=${lit} choose=${choose} />`;
}

// The time that focus takes to the decision under the playhead, or to the next one that is made.
function Transition() {
  const index = state.clip ? chosen(standingFrame()) : -1;
  const lasts = index > 0 ? decisions()[index].lasts : state.transition;
  const [next] = TRANSITIONS.reduce((best, one) => (Math.abs(one[0] - lasts) < Math.abs(best[0] - lasts) ? one : best));
  const change = (event) => {
    state.transition = Number(event.currentTarget.value);
    if (index > 0) commit(withDecisions(replaced(decisions(), index, { lasts: state.transition })));
  };
  return html`<div class="row"><label for="transition" title="How long focus takes to what is decided">Transition</label>
    <select id="transition" value=${next} onChange=${change}>${TRANSITIONS.map(([seconds, name]) => html`<option key=${seconds} value=${seconds}>${name}</option>`)}</select>
  </div>`;
}

function said(spec) {
  if (isSubject(spec)) return "the subject";
  if (/^[\d.]+m$/.test(spec)) return `what stands ${spec.slice(0, -1)} m away`;
  if (spec.startsWith("subject:")) return `subject ${spec.split(":")[1]}`;
  return spec.startsWith("mask:") ? "a mask" : `the point clicked at ${timecode(state.clock, track.frameAt(state.clock, Number(spec.split("@")[1] ?? 0)))}`;
}

function far(spec) {
  const going = state.progress?.following.find((one) => one.spec === spec);
  return going?.total ? ` ${Math.round((100 * going.done) / going.total)} %${going.left ? ` · ${going.left}` : ""}` : "";
}

function Following() {
  const spec = state.clip ? decisions()[held()].focus : 0;
  if (track.isNumber(spec)) return null;
  if (valuesHere().focus === null) return `Following ${said(spec)}…${far(spec)}`;
  const remarks = (state.progress?.followed[spec] ?? []).map((note) => `. ${note}`);
  return `Follows ${said(spec)}${remarks.join("")}`;
}

// Until it is known again, focus stays where it was seen last.
let seen;

export function FocusSettings() {
  const now = valuesHere();
  seen = now?.focus ?? seen;
  return html`<section>
    <h2>Focus</h2>
    <${Mode} />
    <${Slider} id="focus" name="Nearness" hint="far – near" title="Disparity of the focal plane: 1 is nearest" min="0" max="1" step="0.001" value=${seen} text=${fixed(3)} make=${withFocus} />
    <${Slider} id="range" name="Depth that stays sharp" title="Range, in disparity to either side" min="0" max="0.3" step="0.002" value=${now?.range} text=${fixed(3)} make=${withShared("range")} />
    <${Transition} />
    <p id="following" class="quiet" role="status"><${Following} /></p>
  </section>`;
}
