// Playing: the playhead runs with the clock at `state.speed`, whatever pictures are ready, from In to Out.

import { part } from "./part.js";
import * as track from "./track.js";
import { state, isPlaying } from "./state.js";
import { batch } from "./vendor/signals-core.js";

const FASTEST = 8;
let began = 0;
let from = 0;

export function play(speed = 1) {
  if (!state.clip) return;
  const [first, last] = part();
  const ran = isPlaying();
  const isInside = speed > 0 ? state.frame >= first && state.frame < last : state.frame > first && state.frame <= last;
  const begin = speed > 0 ? first : last;
  const frame = ran || isInside ? state.frame : begin;
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
  const [first, last] = part();
  const begin = track.timeOf(state.clock, first);
  const end = last + 1 < state.clock.count ? track.timeOf(state.clock, last + 1) : track.durationOf(state.clock);
  if (time >= end || time < begin) {
    state.frame = time < begin ? first : last;
    stop();
    return;
  }
  // the frame that lasts until the next one
  let frame = track.frameAt(state.clock, time);
  if (frame > 0 && track.timeOf(state.clock, frame) > time + 1e-6) frame -= 1;
  state.frame = frame;
  requestAnimationFrame(run);
}
