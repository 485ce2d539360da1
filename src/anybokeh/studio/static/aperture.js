// K at every frame of a track whose keyframes give the aperture.

import * as api from "./api.js";
import * as messages from "./messages.js";
import { state } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const POLL = 400;
let known = {};
// counts the answers
const answers = signal(0);

// K at a frame for the track that is shown, or null until it is known.
export function blurAt(frame) {
  answers.value;
  const { keyframes, camera, first, disparity } = state.document;
  const of = [state.clip.id, keyframes, camera, first, disparity];
  if (!known.of?.every((one, index) => one === of[index])) {
    known = { of, values: known.of?.[0] === of[0] ? known.values : null };
    ask(known);
  }
  return known.values?.[frame] ?? null;
}

async function ask(own) {
  try {
    while (own === known) {
      const told = await api.get(`/api/clips/${own.of[0]}/blur`);
      if (told.state === "failed") throw new api.Refused(told.message);
      if (told.values) {
        if (own !== known) return;
        own.values = told.values;
        answers.value += 1;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  } catch (error) {
    own.values = null;
    messages.problem(error.message);
  }
}
