// Playing: the playhead runs with the clock at `state.speed`, whatever pictures are ready.

import * as track from "./track.js";
import { state, isPlaying } from "./state.js";
import { batch } from "./vendor/signals-core.js";

const FASTEST = 8;
let began = 0;
let from = 0;

export function play(speed = 1) {
  if (!state.clip) return;
  const ends = speed > 0 ? state.clock.count - 1 : 0;
  const ran = isPlaying();
  const frame = !ran && state.frame === ends ? state.clock.count - 1 - ends : state.frame;
  began = performance.now();
  from = track.timeOf(state.clock, frame);
  batch(() => {
    state.speed = speed;
    state.frame = frame;
  });
  if (!ran) requestAnimationFrame(run);
}

export function stop() {
  if (!isPlaying()) return;
  state.speed = 0;
  if (state.clip) sessionStorage.setItem(`frame ${state.clip.id}`, String(state.frame));
}

export function toggle() {
  if (isPlaying()) stop();
  else play();
}

// J and L: each press in the same direction doubles the speed.
export function shuttle(direction) {
  const same = Math.sign(state.speed) === direction;
  play(same ? direction * Math.min(FASTEST, 2 * Math.abs(state.speed)) : direction);
}

// The moment that plays now, in seconds of the clip.
export function now() {
  return from + (state.speed * (performance.now() - began)) / 1000;
}

function run() {
  if (!isPlaying()) return;
  const time = now();
  const length = track.durationOf(state.clock);
  if (time >= length || time < 0) {
    state.frame = time < 0 ? 0 : state.clock.count - 1;
    stop();
    return;
  }
  // the frame that lasts until the next one
  let frame = track.frameAt(state.clock, time);
  if (frame > 0 && track.timeOf(state.clock, frame) > time + 1e-6) frame -= 1;
  state.frame = frame;
  requestAnimationFrame(run);
}
