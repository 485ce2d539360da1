// Disparity at every frame of what is followed: points, masks and the subject.

import { found } from "./found.js";
import * as messages from "./messages.js";
import { state } from "./state.js";
import { signal } from "./vendor/signals-core.js";

// by what is followed: {values, guess}, or null while nothing is known
const known = signal(new Map());
// by what is followed: the newest question, {goes}
const asked = new Map();

const know = (spec, values) => {
  known.value = new Map(known.peek()).set(spec, values);
};

// The disparity of a focus at a frame, or null until it is known.
export function followed(spec, frame) {
  const own = known.value.get(spec);
  if (!asked.has(spec)) follow(spec);
  return own ? (own.values?.[frame] ?? own.guess) : null;
}

// A first value for what was just clicked, until it is followed.
export function guess(spec, value) {
  if (known.peek().get(spec)?.values) return;
  know(spec, { values: null, guess: value });
  if (!asked.get(spec)?.goes) follow(spec);
}

export function forget() {
  asked.clear();
  known.value = new Map();
}

async function follow(spec) {
  const { id } = state.clip;
  const own = { goes: true };
  asked.set(spec, own);
  const isWanted = () => state.clip?.id === id && asked.get(spec) === own;
  try {
    const told = await found(`/api/clips/${id}/follow?focus=${encodeURIComponent(spec)}`, isWanted, ({ values }) => values);
    if (told) know(spec, { values: told.values, guess: null });
  } catch (error) {
    messages.problem(error.message);
  }
  own.goes = false;
}
