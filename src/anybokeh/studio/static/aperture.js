// K at every frame of a track whose keyframes give the aperture.

import { found } from "./found.js";
import * as messages from "./messages.js";
import { isWaiting } from "./saving.js";
import { state, disparityNow } from "./state.js";
import { signal } from "./vendor/signals-core.js";

let known = {};
// counts the answers
const answers = signal(0);

// K at a frame for the track that is shown, or null until it is known. While a change is not kept the former values
// hold: the server tells K of the document that it has.
export function blurAt(frame) {
  answers.value;
  const { keyframes, camera, first, disparity } = state.document;
  const of = [state.clip.id, keyframes, camera, first, disparity, disparityNow()];
  const isSame = known.of?.every((one, index) => one === of[index]);
  const isOther = known.of?.[0] !== of[0];
  const isKept = !state.dragging && !isWaiting();
  if (isOther || (!isSame && isKept)) {
    known = { of, values: isOther ? null : known.values };
    ask(known);
  }
  return known.values?.[frame] ?? null;
}

async function ask(own) {
  const isWanted = () => own === known && state.clip?.id === own.of[0];
  const isWhole = ({ values, revision = state.revision }) => values && revision === state.revision;
  try {
    const told = await found(`/api/clips/${own.of[0]}/blur`, isWanted, isWhole);
    if (told) own.values = told.values;
  } catch (error) {
    own.values = null;
    messages.problem(error.message);
  }
  answers.value += 1;
}
