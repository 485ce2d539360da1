// The decision under the playhead.

import { isAutomatic, replaced } from "./decisions.js";
import { Choices, html, Icon } from "./html.js";
import { rove } from "./roving.js";
import { commit } from "./saving.js";
import { state, chosen, decisions, standingFrame, withDecisions } from "./state.js";
import { timecode } from "./timecode.js";
import * as timeline from "./timeline.js";

const EASES = [
  ["hold", "Hold", "Hold until the next decision"],
  ["linear", "Linear", "Travel to the next decision all the way, steadily"],
  ["smooth", "Smooth", "Travel to the next decision all the way, easing in and out"],
];

export function DecisionSettings() {
  const all = decisions();
  const index = state.clip ? chosen(standingFrame()) : -1;
  const decision = all[index];
  if (!decision) return null;
  const follow = () => commit(withDecisions(replaced(all, index, { focus: "subject" })));
  return html`<section id="keyframe">
    <h2>Decision <span id="keyframe-time" class="quiet">${timecode(state.clock, standingFrame())}</span></h2>
    <${Choices} id="ease" kind="ease" label="Way to the next decision" style="segments wide" choices=${EASES} now=${decision.ease} choose=${timeline.setEase} />
    <div class="buttons" role="toolbar" aria-label="Decision" ref=${rove}>
      <button id="automatic-key" type="button" title="Follow the subject that was found from here on" disabled=${isAutomatic(decision, all)} onClick=${follow}><${Icon} name="wand-sparkles" />Automatic</button>
      <button id="delete-key" type="button" title="Delete the decision (Del)" disabled=${all.length === 1} onClick=${timeline.removeChosen}><${Icon} name="trash-2" />Delete</button>
    </div>
  </section>`;
}
