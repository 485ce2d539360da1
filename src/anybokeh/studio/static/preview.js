// The picture of the frame that is shown: first as it was filmed, then refocused.

import * as api from "./api.js";
import * as messages from "./messages.js";
import { state, listen, known, values } from "./state.js";

const SETTLE = 90;
const page = Math.random().toString(36).slice(2);
const before = document.getElementById("before");
const after = document.getElementById("after");
const stage = document.getElementById("stage");

let number = 0;
let running = null;
let wanted = "";
let shown = "";
let timer = 0;
let asked = 0;
let whole = "";

listen((changes) => {
  if (!state.clip) return;
  if (changes.has("clip") || changes.has("frame")) {
    before.src = `/api/clips/${state.clip.id}/frames/${state.frame}`;
    after.hidden = true;
    shown = "";
    clearTimeout(timer);
    asked = performance.now();
    timer = setTimeout(ask, SETTLE);
  } else if (changes.has("source of disparity")) {
    wanted = shown = "";
    ask();
  } else if (changes.has("values") || changes.has("view") || changes.has("disparity")) {
    ask();
  }
});

function ask() {
  if (!state.clip || !isSeen()) return;
  const address = addressOf();
  if (address === null) return;
  stage.dataset.wanted = address;
  if (address === shown) wanted = address;
  if (address === wanted) return;
  wanted = address;
  asked = performance.now();
  // while one is on its way the newest waits; that keeps up with a slider better than cutting off every one
  if (!running) load();
}

async function load() {
  running = wanted;
  const frame = state.frame;
  const began = asked;
  try {
    number += 1;
    const join = running.includes("?") ? "&" : "?";
    const blob = await api.picture(`${running}${join}page=${page}&number=${number}`);
    if (blob && running === wanted && frame === state.frame) {
      await put(blob);
      shown = running;
      stage.dataset.milliseconds = String(Math.round(performance.now() - began));
      stage.dataset.shown = running;
    }
  } catch (error) {
    wanted = wanted === running ? "" : wanted;
    if (error.name !== "AbortError") messages.problem(error.message);
  }
  const done = running;
  running = null;
  if (wanted && wanted !== done) load();
  else if (shown === wanted && !state.source) finish();
}

// What a render makes of the scene takes a second; the preview goes on without it until then.
async function finish() {
  const key = sceneOf();
  if (whole === key) return;
  try {
    const told = await api.get(`/api/clips/${state.clip.id}/scenes/${state.frame}`);
    if (!told.whole || key !== sceneOf()) return;
    whole = key;
    ask();
  } catch {
    // a frame nearby may be damaged; the simple preview is what there is then
  }
}

function sceneOf() {
  const { steady, repair, hidden, protect, disparity } = state.document;
  return [state.clip.id, state.frame, steady, repair, hidden, protect, disparity].join(" ");
}

async function put(blob) {
  const address = URL.createObjectURL(blob);
  const old = after.src;
  after.src = address;
  await after.decode().catch(() => {});
  after.hidden = false;
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
}

function isSeen() {
  return state.view === "refocused" || state.view === "compare";
}

// Where the picture comes from: a finished render, or the preview with the values that hold at the frame.
function addressOf() {
  if (state.source) return `/api/renders/${state.source}/frames/${state.frame}`;
  if (!known()) return null;
  const now = values();
  if (now.focus === null) return null;
  const lens = Object.fromEntries(state.studio.lens.map((name) => [name, state.document[name]]).filter(([, value]) => value !== null));
  const query = new URLSearchParams({
    focus: now.focus.toFixed(4),
    blur: now.blur.toFixed(2),
    range: now.range.toFixed(4),
    ...lens,
  });
  if (whole === sceneOf()) query.set("scene", "whole");
  return `/api/clips/${state.clip.id}/preview/${state.frame}?${query}`;
}
