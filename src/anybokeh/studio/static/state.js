// What the page knows, in one place. What follows from it is worked out when it is asked for, never kept beside it.

import { blurAt } from "./aperture.js";
import { decisionsOf, decisionAt, keyframesOf } from "./decisions.js";
import { followed } from "./followed.js";
import * as track from "./track.js";

const listeners = new Set();
export const PATIENCE = 5000;

export const state = {
  studio: null,
  clips: [],
  clip: null,
  clock: null,
  document: null,
  revision: 0,
  undo: false,
  redo: false,
  openedAt: 0,
  // the playhead; while `speed` is not 0 it runs
  frame: 0,
  speed: 0,
  view: "refocused",
  source: "",
  // what a click in the picture does: "distance" or "follow"
  click: "distance",
  // seconds that focus takes to what is clicked
  transition: 0.5,
  peaking: false,
  // a slider or a keyframe is being dragged, and nothing is kept of it yet
  dragging: false,
  progress: null,
  renders: [],
  // whether the server answers
  reached: true,
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

// --- what follows from it

export function valuesAt(frame) {
  return track.valuesAt(state.document.keyframes, state.clock, frame, followed, blurAt);
}

export const values = () => valuesAt(state.frame);
export const decisions = () => decisionsOf(state.document.keyframes, state.clock, blurAt);
export const withDecisions = (made) => ({ ...state.document, keyframes: keyframesOf(made, state.clock) });
export const isPlaying = () => state.speed !== 0;

// Index of the decision under the playhead, which is the one that keys and buttons mean, or -1.
export const chosen = () => decisionAt(decisions(), state.clock, state.frame);

// Whether disparity can be asked for: it is known, or the clip takes so long that a rough estimate has to do.
export function known() {
  return state.progress?.disparity.state === "done" || isRough();
}

export function isRough() {
  const disparity = state.progress?.disparity;
  return disparity?.state === "working" && disparity.estimated && performance.now() - state.openedAt > PATIENCE;
}

// --- the playhead, and changes that are not kept yet

export function seek(frame) {
  if (!state.clip) return;
  const next = Math.max(0, Math.min(state.clock.count - 1, Math.round(frame)));
  const ran = isPlaying();
  if (next === state.frame && !ran) return;
  state.speed = 0;
  state.frame = next;
  sessionStorage.setItem(`frame ${state.clip.id}`, String(next));
  tell("frame", "values", ...(ran ? ["playing"] : []));
}

// Show a change at once without keeping it, as while a slider moves.
export function show(document) {
  state.document = document;
  state.dragging = true;
  tell("document", "values");
}
