// Disparity at every frame of what is followed: points, masks and the subject.

import * as api from "./api.js";
import * as messages from "./messages.js";
import { state, tell } from "./state.js";

const POLL = 400;
const known = new Map();

// The disparity of a focus at a frame, or null until it is known.
export function followed(spec, frame) {
  const found = known.get(spec);
  if (!found) {
    follow(spec);
    return null;
  }
  return found.values ? found.values[frame] : found.guess;
}

// A first value for what was just clicked, until it is followed.
export function guess(spec, value) {
  if (known.get(spec)?.values) return;
  known.set(spec, { values: null, guess: value });
  follow(spec, true);
}

export function forget() {
  known.clear();
}

async function follow(spec, again = false) {
  const clip = state.clip;
  if (known.has(spec) && !again) return;
  if (!known.has(spec)) known.set(spec, { values: null, guess: null });
  try {
    for (;;) {
      const told = await api.get(`/api/clips/${clip.id}/follow?focus=${encodeURIComponent(spec)}`);
      if (state.clip !== clip || !known.has(spec)) return;
      if (told.values) {
        known.set(spec, { values: told.values, guess: null });
        tell("values");
        return;
      }
      if (told.state === "failed") throw new api.Refused(told.message);
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  } catch (error) {
    messages.problem(error.message);
  }
}
