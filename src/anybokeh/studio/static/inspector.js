// The settings on the right.

import { BlurSettings } from "./blur_settings.js";
import { DecisionSettings } from "./decision_settings.js";
import { holding } from "./decisions.js";
import { DepthSettings } from "./depth_settings.js";
import { FocusSettings } from "./focus_settings.js";
import { fill, html } from "./html.js";
import { LensSettings } from "./lens_settings.js";
import { RenderButton, RenderSettings } from "./render_settings.js";
import { state, decisions, standingFrame } from "./state.js";
import { timecode } from "./timecode.js";
import * as track from "./track.js";
import { effect } from "./vendor/signals-core.js";

// What a change would be about.
function Applies() {
  if (!state.clip) return null;
  const all = decisions();
  const index = holding(all, state.clock, standingFrame());
  const code = (decision) => timecode(state.clock, track.frameAt(state.clock, decision.time));
  const until = all[index + 1] ? ` to ${code(all[index + 1])}` : " on";
  return all.length === 1 ? "Changes apply to the whole clip" : `Changes apply from ${code(all[index])}${until}`;
}

const Inspector = () => html`
  <p id="applies" class="applies" role="status"><${Applies} /></p>
  <${FocusSettings} />
  <${BlurSettings} />
  <${LensSettings} />
  <${DecisionSettings} />
  <${DepthSettings} />
  <${RenderSettings} />
  <${RenderButton} />
`;

fill(".inspector", Inspector);
effect(() => {
  document.querySelector(".inspector").inert = !state.clip;
});
