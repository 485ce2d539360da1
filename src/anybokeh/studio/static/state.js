// What the page knows, and changing it. Everything that undo brings back is the document; it is kept by the server
// under a revision, so that two pages cannot overwrite each other.

import * as api from "./api.js";
import * as messages from "./messages.js";
import * as track from "./track.js";

const listeners = new Set();
const FOLLOW_POLL = 400;
const PATIENCE = 5000;
let openedAt = 0;

export const state = {
  studio: null,
  clips: [],
  clip: null,
  clock: null,
  document: null,
  revision: 0,
  undo: false,
  redo: false,
  frame: 0,
  chosen: -1,
  view: "refocused",
  source: "",
  mode: "distance",
  peaking: false,
  playing: false,
  progress: null,
  renders: [],
  waiting: 0,
};

export function listen(listener) {
  listeners.add(listener);
}

// Tell all parts of the page what has changed; the words name it.
export function tell(...what) {
  const changes = new Set(what);
  for (const listener of listeners) listener(changes);
}

// --- what is followed: disparity at every frame of points, masks and the subject

const followedValues = new Map();

export function followed(spec, frame) {
  const known = followedValues.get(spec);
  if (!known) {
    follow(spec);
    return null;
  }
  return known.values ? known.values[frame] : known.guess;
}

// A first value for what was just clicked, until it is followed.
export function guess(spec, value) {
  followedValues.set(spec, { values: null, guess: value });
  follow(spec, true);
}

async function follow(spec, again = false) {
  const clip = state.clip;
  if (followedValues.has(spec) && !again) return;
  if (!followedValues.has(spec)) followedValues.set(spec, { values: null, guess: null });
  try {
    for (;;) {
      const told = await api.get(`/api/clips/${clip.id}/follow?focus=${encodeURIComponent(spec)}`);
      if (state.clip !== clip || !followedValues.has(spec)) return;
      if (told.values) {
        followedValues.set(spec, { values: told.values, guess: null });
        tell("values");
        return;
      }
      if (told.state === "failed") throw new api.Refused(told.message);
      await new Promise((resolve) => setTimeout(resolve, FOLLOW_POLL));
    }
  } catch (error) {
    messages.problem(error.message);
  }
}

// --- values at the frame that is shown

export function values() {
  return track.valuesAt(state.document.keyframes, state.clock, state.frame, followed);
}

// Whether disparity can be asked for: it is known, or the clip takes so long that a rough estimate has to do.
export function known() {
  const disparity = state.progress?.disparity;
  return disparity?.state === "done" || isRough();
}

export function isRough() {
  const disparity = state.progress?.disparity;
  return disparity?.state === "working" && disparity.estimated && performance.now() - openedAt > PATIENCE;
}

export function keyframes() {
  return track.filled(state.document.keyframes, state.clock);
}

// --- changing the document

let sending = Promise.resolve();
let newest = 0;

// Show a change at once without keeping it, as while a slider moves.
export function show(document) {
  state.document = document;
  tell("document", "values");
}

// Keep a change: one step of undo. What was changed again before it was sent is not sent.
export function commit(document) {
  state.document = document;
  const clip = state.clip;
  const number = (newest += 1);
  state.waiting += 1;
  tell("document", "values", "saving");
  sending = sending.then(async () => {
    try {
      if (number === newest && clip === state.clip) {
        const told = await api.send("PUT", `/api/clips/${clip.id}`, { revision: state.revision, document });
        if (clip === state.clip) take(told, number);
      }
    } catch (error) {
      refuse(error);
    } finally {
      state.waiting -= 1;
      tell("saving");
    }
  });
  return sending;
}

export function step(which) {
  const clip = state.clip;
  if (!clip) return;
  sending = sending.then(async () => {
    try {
      const told = await api.send("POST", `/api/clips/${clip.id}/${which}`, { revision: state.revision });
      if (clip === state.clip) take(told, newest);
    } catch (error) {
      refuse(error);
    }
  });
}

export function settled() {
  return sending;
}

function take(told, number) {
  state.revision = told.revision;
  state.undo = told.undo;
  state.redo = told.redo;
  // a change that was made meanwhile is shown until it is kept too
  if (number === newest) state.document = told.document;
  state.chosen = Math.min(state.chosen, state.document.keyframes.length - 1);
  tell("document", "values", "undo");
}

function refuse(error) {
  messages.problem(error.message);
  if (error.state) take(error.state, newest);
  else reload();
}

// Take over what another page has changed.
export async function reload() {
  const clip = state.clip;
  if (!clip) return;
  try {
    const told = await api.get(`/api/clips/${clip.id}`);
    if (state.clip === clip) take(told, newest);
  } catch (error) {
    messages.problem(error.message);
  }
}

// --- opening clips

export async function open(id) {
  // changes of the clip before are kept first
  await settled();
  try {
    const told = await api.get(`/api/clips/${id}`);
    followedValues.clear();
    openedAt = performance.now();
    newest += 1;
    state.clip = told;
    state.clock = { count: told.frames, rate: told.rate, times: told.times };
    state.progress = told.progress;
    state.frame = Math.min(Number(sessionStorage.getItem(`frame ${id}`) ?? 0), told.frames - 1);
    state.chosen = -1;
    state.source = "";
    state.playing = false;
    history.replaceState(null, "", `#${id}`);
    take(told, newest);
    tell("clip", "frame");
    return true;
  } catch (error) {
    messages.problem(error.message);
    return false;
  }
}

export function close() {
  state.clip = null;
  state.document = null;
  history.replaceState(null, "", " ");
  tell("clip");
}

export function seek(frame) {
  if (!state.clip) return;
  const next = Math.max(0, Math.min(state.clock.count - 1, Math.round(frame)));
  if (next === state.frame && !state.playing) return;
  state.playing = false;
  state.frame = next;
  sessionStorage.setItem(`frame ${state.clip.id}`, String(next));
  tell("frame", "values");
}
