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

// What a job in the background does now: "Finding the subject… 40 % · about 3 min left".
export function doing({ step, left, done, total }, otherwise) {
  const what = step ? step[0].toUpperCase() + step.slice(1) : otherwise;
  const share = total ? ` ${Math.round((100 * done) / total)} %` : "";
  return `${what}…${share}${left ? ` · ${left}` : ""}`;
}

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
// of every clip by its id: the number of its newest change, and the revision that the server told last
const newest = new Map();
const revisions = new Map();

// Show a change at once without keeping it, as while a slider moves.
export function show(document) {
  state.document = document;
  tell("document", "values");
}

// Keep a change: one step of undo. What was changed again before it was sent is not sent. A change is kept even if
// another clip is shown by then, or the same one was opened anew.
export function commit(document) {
  if (!state.clip) return sending;
  state.document = document;
  const { id } = state.clip;
  const number = (newest.get(id) ?? 0) + 1;
  newest.set(id, number);
  state.waiting += 1;
  tell("document", "values", "saving");
  sending = sending.then(async () => {
    try {
      if (number === newest.get(id)) {
        take(id, await api.send("PUT", `/api/clips/${id}`, { revision: revisions.get(id), document }), number);
      }
    } catch (error) {
      await refuse(id, error, number);
    } finally {
      state.waiting -= 1;
      tell("saving");
    }
  });
  return sending;
}

export function step(which) {
  if (!state.clip) return;
  const { id } = state.clip;
  const number = newest.get(id);
  sending = sending.then(async () => {
    try {
      take(id, await api.send("POST", `/api/clips/${id}/${which}`, { revision: revisions.get(id) }), number);
    } catch (error) {
      await refuse(id, error, number);
    }
  });
}

export function settled() {
  return sending;
}

// Take over what the server told of a clip after the change of this number, if the clip is shown.
function take(id, told, number) {
  // asked for before a change that was kept meanwhile
  if (told.revision < revisions.get(id)) return;
  revisions.set(id, told.revision);
  if (state.clip?.id !== id) return;
  state.revision = told.revision;
  state.undo = told.undo;
  state.redo = told.redo;
  // a change that was made meanwhile is shown until it is kept too
  if (number === newest.get(id)) state.document = told.document;
  state.chosen = Math.min(state.chosen, state.document.keyframes.length - 1);
  tell("document", "values", "undo");
}

async function refuse(id, error, number) {
  messages.problem(error.message);
  if (error.state) {
    // another page was faster; what has been changed here meanwhile is refused as well
    const last = (newest.get(id) ?? 0) + 1;
    newest.set(id, last);
    revisions.delete(id);
    take(id, error.state, last);
  } else if (state.clip?.id === id) {
    await reload(number);
  }
}

// Take over what another page has changed, or what there was before the change of this number was refused.
export async function reload(number = newest.get(state.clip?.id)) {
  if (!state.clip) return;
  const { id } = state.clip;
  try {
    take(id, await api.get(`/api/clips/${id}`), number);
  } catch (error) {
    messages.problem(error.message);
  }
}

// --- opening clips

// Counts what was opened and closed, so that the last wish wins however late answers come.
let wishes = 0;
let wanted = null;

export function open(id) {
  wishes += 1;
  wanted = id;
  return bring(id);
}

// What was only estimated of the clip that is shown is known by now.
export function renew() {
  return bring(state.clip.id, true);
}

async function bring(id, again = false) {
  const wish = wishes;
  const number = newest.get(id);
  // changes that were made are kept first
  await settled();
  let told;
  try {
    told = await api.get(`/api/clips/${id}`);
  } catch (error) {
    if (wish === wishes) messages.problem(error.message);
    return;
  }
  if (wish !== wishes || (again && state.clip?.id !== id)) return;
  followedValues.clear();
  openedAt = performance.now();
  if (state.clip?.id !== id) {
    state.document = told.document;
    revisions.delete(id);
  }
  state.clip = told;
  state.clock = { count: told.frames, rate: told.rate, times: told.times };
  state.progress = told.progress;
  state.frame = Math.min(Number(sessionStorage.getItem(`frame ${id}`) ?? 0), told.frames - 1);
  state.chosen = -1;
  state.source = "";
  state.playing = false;
  history.replaceState(null, "", `#${id}`);
  take(id, told, number);
  tell("clip", "frame");
}

// A clip that is still on its way is not wanted any more.
export function forgo(id) {
  if (wanted === id) wishes += 1;
}

export function close() {
  wishes += 1;
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
