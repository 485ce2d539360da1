// The pictures of what plays: fetched ahead of the playhead at reduced size, kept, and drawn when their time comes. Where
// they take longer than they last, as many are made as can be ready in time, evenly; those between come when it stands.

import * as addresses from "./addresses.js";
import * as api from "./api.js";
import { share } from "./compare.js";
import { state, disparityNow, isPlaying, standingFrame, valuesAt, whenever } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const KEPT = 3000;
const AHEAD_SECONDS = 10;
const IDLE = 1500;
const WORKERS = 2;
const canvas = document.getElementById("film");
// by their addresses, those that were used last at the end
const kept = new Map();
const coming = new Set();
// counts what was kept
const news = signal(0);
let workers = 0;
// seconds from one picture to the next, as they come
let pace = 0.1;
let idle = 0;
let drawn = "";
let drawing = false;
let last = -1;
let ran = false;

whenever(
  () => state.clip,
  () => kept.clear(),
);
whenever(
  () => isPlaying() && [state.frame, state.view, share()],
  (plays) => {
    canvas.hidden = !plays;
    if (plays && !ran) start();
    ran = Boolean(plays);
    if (!plays) return;
    draw();
    fill();
  },
);
// what comes next is made when nothing else is asked for
whenever(
  () => !isPlaying() && state.clip && [standingFrame(), valuesAt(standingFrame()), state.document],
  (stands) => {
    clearTimeout(idle);
    idle = stands ? setTimeout(fill, IDLE) : 0;
  },
);
// where nothing is made, news of progress may begin it
whenever(
  () => state.progress,
  () => {
    if (state.clip && !isPlaying() && !idle && !workers) idle = setTimeout(fill, IDLE);
  },
);

function start() {
  drawn = "";
  last = -1;
  // what stands is seen until the first picture comes
  canvas.width = 0;
  canvas.dataset.drawn = "0";
  delete canvas.dataset.frame;
}

const addressOf = (frame, view = state.view) => {
  if (view === "original") return addresses.original(frame);
  const address = addresses.refocused(frame, true);
  // maps may be replaced under the same name, and estimates get better
  return address && `${address}&of=${encodeURIComponent(state.document.disparity)}&rough=${Number(state.progress.disparity.state !== "done")}`;
};

// What `ready` depends on.
export const readiness = () => [news.value, state.document, state.clip && valuesAt(standingFrame()), disparityNow()];

// Frames whose refocused pictures are there, in order.
export function ready() {
  if (!state.clip || !state.progress) return [];
  const frames = new Set([...kept.values()].map((one) => one.frame));
  return [...frames].filter((frame) => kept.has(addressOf(frame, "refocused"))).sort((a, b) => a - b);
}

// The refocused picture of a frame at reduced size, where it is there; else null.
export function picture(frame) {
  return (state.progress && kept.get(addressOf(frame, "refocused"))?.blob) ?? null;
}

// --- fetching

function fill() {
  idle = 0;
  while (workers < WORKERS) {
    const next = nextFrame();
    if (next === null) return;
    fetchOne(next);
  }
}

function nextFrame() {
  if (!state.clip || !state.studio || state.dragging || document.hidden) return null;
  const reach = Math.ceil(AHEAD_SECONDS * state.clock.rate);
  const [speed, views] = [state.speed || 1, state.view === "compare" ? ["original", "refocused"] : [state.view]];
  if (!isPlaying()) {
    if (state.view === "disparity" || state.renders.some((one) => one.state === "working")) return null;
    views.splice(0, 2, "refocused");
  }
  const step = isPlaying() ? Math.max(1, Math.ceil(pace * state.clock.rate * Math.abs(speed))) : 1;
  // that is how long one takes from being asked for
  const begin = isPlaying() ? WORKERS * step : 0;
  for (let by = begin; by <= reach; by += 1) {
    const frame = state.frame + Math.sign(speed) * by;
    if (frame < 0 || frame >= state.clock.count) break;
    if (frame % step) continue;
    for (const view of views) {
      const address = addressOf(frame, view === "disparity" ? "refocused" : view) ?? (isPlaying() ? addresses.original(frame) : null);
      if (address && !kept.has(address) && !coming.has(address)) return { address, frame };
    }
  }
  return null;
}

async function fetchOne({ address, frame }) {
  workers += 1;
  coming.add(address);
  const began = performance.now();
  const clip = state.clip;
  let failed = false;
  try {
    const blob = await api.picture(address);
    if (clip === state.clip) keep(address, { blob, frame });
  } catch {
    // a damaged frame is left out; that the studio is gone is said elsewhere
    failed = true;
  }
  coming.delete(address);
  workers -= 1;
  pace += 0.3 * ((performance.now() - began) / 1000 / WORKERS - pace);
  news.value += 1;
  if (failed) return;
  if (isPlaying()) draw();
  if (isPlaying() || !idle) fill();
}

function keep(address, picture) {
  kept.set(address, picture);
  while (kept.size > KEPT) kept.delete(kept.keys().next().value);
}

// --- drawing

// The newest picture up to the playhead, of those that came since it plays or that are right at it.
function find(view) {
  const back = Math.sign(state.speed);
  for (let frame = state.frame, left = Math.ceil(state.clock.rate); left > 0; frame -= back, left -= 1) {
    const found = kept.get(addressOf(frame, view) ?? addresses.original(frame));
    if (found) return found;
  }
  return null;
}

async function draw() {
  if (drawing || !isPlaying()) return;
  const view = state.view === "disparity" ? "refocused" : state.view;
  const picture = find(view === "compare" ? "refocused" : view);
  const under = view === "compare" ? find("original") : null;
  const name = picture && `${view} ${picture.frame} ${under?.frame} ${share()}`;
  if (!picture || name === drawn) return;
  drawing = true;
  let top, bottom;
  try {
    [top, bottom] = await Promise.all([picture, under].map((one) => one && createImageBitmap(one.blob)));
  } catch {
    // what cannot be decoded is left out
    return;
  } finally {
    drawing = false;
  }
  if (isPlaying()) {
    paint(top, bottom);
    if (picture.frame !== last) canvas.dataset.drawn = String(Number(canvas.dataset.drawn) + 1);
    last = picture.frame;
    drawn = name;
    canvas.dataset.frame = String(picture.frame);
    canvas.dataset.view = view;
  }
  top.close();
  bottom?.close();
}

function paint(top, bottom) {
  if (canvas.width !== top.width || canvas.height !== top.height) Object.assign(canvas, { width: top.width, height: top.height });
  const context = canvas.getContext("2d");
  const cut = bottom ? Math.round(share() * top.width) : 0;
  if (bottom) context.drawImage(bottom, 0, 0, top.width, top.height);
  context.drawImage(top, cut, 0, top.width - cut, top.height, cut, 0, top.width - cut, top.height);
}
