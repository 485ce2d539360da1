// Disparity at every frame of what is followed: points, masks and the subject.

import * as api from "./api.js";
import * as messages from "./messages.js";
import { state } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const POLL = 400;
// by what is followed: {values, guess}, or null while nothing is known
const known = signal(new Map());
const asked = new Set();

const know = (spec, found) => {
  known.value = new Map(known.peek()).set(spec, found);
};

// The disparity of a focus at a frame, or null until it is known.
export function followed(spec, frame) {
  const found = known.value.get(spec);
  if (!asked.has(spec)) follow(spec);
  return found ? (found.values?.[frame] ?? found.guess) : null;
}

// A first value for what was just clicked, until it is followed.
export function guess(spec, value) {
  if (known.peek().get(spec)?.values) return;
  know(spec, { values: null, guess: value });
  follow(spec);
}

export function forget() {
  asked.clear();
  known.value = new Map();
}

async function follow(spec) {
  const { clip } = state;
  asked.add(spec);
  try {
    for (;;) {
      const told = await api.get(`/api/clips/${clip.id}/follow?focus=${encodeURIComponent(spec)}`);
      if (state.clip !== clip || !asked.has(spec)) return;
      if (told.values) {
        know(spec, { values: told.values, guess: null });
        return;
      }
      if (told.state === "failed") throw new api.Refused(told.message);
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  } catch (error) {
    messages.problem(error.message);
  }
}
