// What the page knows, in one place. Every field of `state` is a signal: an effect, a computed value or a component that
// reads it follows it. What follows from it is worked out from it, never kept beside it.

import { blurAt } from "./aperture.js";
import { decisionsOf, decisionAt, keyframesOf } from "./decisions.js";
import { followed } from "./followed.js";
import * as track from "./track.js";
import { batch, computed, effect, signal, untracked } from "./vendor/signals-core.js";

const FIRST = {
  studio: null,
  clips: [],
  clip: null,
  clock: null,
  document: null,
  revision: 0,
  undo: false,
  redo: false,
  // the clip was opened so long ago that a rough estimate has to do
  late: false,
  // the playhead; while `speed` is not 0 it runs
  frame: 0,
  speed: 0,
  view: "refocused",
  // the render that was chosen to be compared, see `source`
  source: "",
  // what a click in the picture does: "distance" or "follow"
  click: "distance",
  // seconds that focus takes to what is clicked
  transition: 0.5,
  peaking: false,
  peakingColour: "#35e06f",
  // a slider or a keyframe is being dragged, and nothing is kept of it yet
  dragging: false,
  progress: null,
  depthNetwork: null,
  renders: [],
  // whether the server answers
  reached: true,
};

export const state = {};
for (const [name, first] of Object.entries(FIRST)) {
  const own = signal(first);
  const set = (value) => {
    own.value = value;
  };
  Object.defineProperty(state, name, { get: () => own.value, set, enumerable: true });
}

// Act on what `read` tells, at first and whenever something that it reads has changed.
export function whenever(read, act) {
  effect(() => {
    const found = read();
    untracked(() => act(found));
  });
}

// What a job in the background does now: "Finding the subject… 40 % · about 3 min left".
export function doing({ step, left, done, total }, otherwise) {
  const what = step ? step[0].toUpperCase() + step.slice(1) : otherwise;
  const share = total ? ` ${Math.round((100 * done) / total)} %` : "";
  return `${what}…${share}${left ? ` · ${left}` : ""}`;
}

// --- what follows from it

export function valuesAt(frame) {
  return track.valuesAt(state.document.keyframes, state.clock, frame, followed, blurAt);
}

const all = computed(() => (state.document ? decisionsOf(state.document.keyframes, state.clock, blurAt) : []));
let stood = 0;
const standing = computed(() => (isPlaying() ? stood : (stood = state.frame)));
const rough = computed(() => {
  const disparity = state.progress?.disparity;
  return state.late && disparity?.state === "working" && disparity.estimated;
});
const told = computed(() => {
  const disparity = state.progress?.disparity;
  return state.clip && disparity ? `${state.clip.id} ${disparity.of} ${disparity.state} ${rough.value}` : "";
});
const compared = computed(() => {
  const isThere = state.renders.some((one) => one.id === state.source && one.clip === state.clip?.id && one.state === "done");
  return isThere ? state.source : "";
});

export const values = () => valuesAt(state.frame);
export const decisions = () => all.value;
export const withDecisions = (made) => ({ ...state.document, keyframes: keyframesOf(made, state.clock) });
export const isPlaying = () => state.speed !== 0;

// The frame at which the playhead stands, or stood before it ran: what is no film need not run with it.
export const standingFrame = () => standing.value;

// Index of the decision at a frame, by default the one under the playhead, which keys and buttons mean; or -1.
export const chosen = (frame = state.frame) => decisionAt(decisions(), state.clock, frame);

// Whether disparity can be asked for: it is known, or the clip takes so long that a rough estimate has to do.
export const known = () => state.progress?.disparity.state === "done" || isRough();
export const isRough = () => rough.value;

// A text that changes where the clip's disparity does.
export const disparityNow = () => told.value;

// The render that is compared, while it is there; "" is the preview.
export const source = () => compared.value;

// --- the playhead, and changes that are not kept yet

export function seek(frame) {
  if (!state.clip) return;
  const next = Math.max(0, Math.min(state.clock.count - 1, Math.round(frame)));
  batch(() => {
    state.speed = 0;
    state.frame = next;
  });
  sessionStorage.setItem(`frame ${state.clip.id}`, String(next));
}

// Show a change at once without keeping it, as while a slider moves.
export function show(document) {
  batch(() => {
    state.document = document;
    state.dragging = true;
  });
}
