// Disparity of the frames that were looked at last, for the overlay and for what is under the pointer.

import * as api from "./api.js";
import { state, known, disparityNow, standingFrame, isPlaying, whenever } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const KEPT = 12;
const SETTLE = 120;
const REACH = 0.006;
const kept = signal(new Map());
let timer = 0;

whenever(
  () => [state.clip, disparityNow()],
  () => {
    kept.value = new Map();
  },
);
whenever(
  () => [state.clip, disparityNow(), standingFrame(), isPlaying()],
  () => {
    clearTimeout(timer);
    if (state.clip && !isPlaying()) timer = setTimeout(load, SETTLE);
  },
);

// The map of the frame that is shown, or null while it is not there.
export function current() {
  return state.clip ? kept.value.get(`${state.clip.id} ${standingFrame()}`) ?? null : null;
}

// Disparity at a point given as shares of width and height: the median around, as the program measures it.
export function at(map, x, y) {
  const reach = Math.max(1, Math.round(REACH * map.width));
  const column = Math.min(Math.floor(x * map.width), map.width - 1);
  const row = Math.min(Math.floor(y * map.height), map.height - 1);
  const around = [];
  for (let j = Math.max(0, row - reach); j <= Math.min(map.height - 1, row + reach); j += 1) {
    for (let i = Math.max(0, column - reach); i <= Math.min(map.width - 1, column + reach); i += 1) {
      around.push(map.values[j * map.width + i]);
    }
  }
  around.sort((a, b) => a - b);
  const middle = around.length >> 1;
  const median = around.length % 2 ? around[middle] : (around[middle - 1] + around[middle]) / 2;
  return median / 65535;
}

// The map of the frame that is shown once it is there; null while the clip's disparity is not known, or if another
// frame is shown by then.
export async function load() {
  const { clip, frame } = state;
  if (!clip) return null;
  const name = `${clip.id} ${frame}`;
  if (!kept.value.has(name)) {
    if (!known()) return null;
    try {
      const map = await api.disparity(clip.id, frame);
      kept.value = new Map([...kept.value, [name, map]].slice(-KEPT));
    } catch {
      // the status of the disparity says why
    }
  }
  return state.clip === clip && state.frame === frame ? current() : null;
}
