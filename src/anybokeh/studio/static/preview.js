// The picture of the frame that is shown: first as it was filmed, then refocused.

import * as addresses from "./addresses.js";
import * as api from "./api.js";
import * as card from "./card.js";
import * as film from "./film.js";
import * as messages from "./messages.js";
import { state, disparityNow, isPlaying, source, whenever } from "./state.js";

const SETTLE = 90;
const SLOW = 350;
// milliseconds for a picture at full size; where it takes longer, a small one comes before it
const QUICK = 120;
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
let slow = 0;
let pace = 0;
// what the scene of the picture depends on, as it was before something was dragged
let settled = "";
let version = "";
// when that was asked for what was shown last
let answered = 0;

// what stood here last: {clip, frame, disparity, address}, or null
let last = null;

whenever(
  () => (state.clip && !isPlaying() ? { clip: state.clip, frame: state.frame, disparity: disparityNow(), address: isSeen() && addressOf() } : null),
  (now) => {
    const moved = now && (now.clip !== last?.clip || now.frame !== last.frame);
    const remade = now && now.disparity !== last?.disparity;
    last = now;
    if (!now) {
      card.hide();
      // the frame may be another one before it would be loaded
      wanted = "";
      return;
    }
    if (moved) {
      begin();
      return;
    }
    if (remade) wanted = shown = "";
    ask();
  },
);

function begin() {
  card.hide();
  before.src = addresses.original(state.frame);
  showReady();
  wanted = shown = "";
  clearTimeout(timer);
  asked = performance.now();
  timer = setTimeout(ask, SETTLE);
}

function ask() {
  if (!state.clip || isPlaying() || !isSeen()) return;
  const address = addressOf();
  if (address === null) return;
  stage.dataset.wanted = address;
  if (isDrawn(address) && state.dragging) {
    wanted = "";
    return;
  }
  if (address === shown) {
    if (!state.dragging) card.hide();
    wanted = address;
    if (!running) finish();
    return;
  }
  if (address === wanted) return;
  wanted = address;
  asked = performance.now();
  // while one is on its way the newest waits; that keeps up with a slider better than cutting off every one
  if (!running) load();
}

// Whether this machine's card draws what an address tells. It is given the scene when a drag begins that leaves it as it
// was: what changes the lens itself takes new kernels at every step.
function isDrawn(address) {
  if (source()) {
    card.hide();
    return false;
  }
  // what becomes known of the scene meanwhile is shown afterwards
  if (!state.dragging) version = `${sceneOf()} ${disparityNow()} ${whole === sceneOf()}`;
  const asked = card.parts(address, version);
  if (state.dragging) return card.draws(asked, asked.of === settled);
  settled = asked.of;
  // the exact picture is there
  return address !== shown && card.draws(asked, false);
}

async function load() {
  running = wanted;
  const { clip, frame } = state;
  const began = asked;
  clearTimeout(slow);
  slow = setTimeout(() => stage.classList.add("busy"), SLOW);
  try {
    const small = smallBefore(running);
    if (small) await show(small, clip, frame, began);
    if (running === wanted || !small) {
      const start = performance.now();
      await show(running, clip, frame, began);
      if (!running.includes("small=1")) pace = performance.now() - start;
    }
  } catch (error) {
    wanted = wanted === running ? "" : wanted;
    // that the studio does not answer is said once for the whole page
    if (error.name !== "AbortError" && error.status !== 0) messages.problem(error.message);
  }
  running = null;
  // something newer, or the same once more, where it came while another frame was shown
  if (wanted && wanted !== shown) {
    load();
    return;
  }
  clearTimeout(slow);
  stage.classList.remove("busy");
  if (wanted) finish();
}

async function show(address, clip, frame, began) {
  number += 1;
  const join = address.includes("?") ? "&" : "?";
  const blob = await api.picture(`${address}${join}page=${page}&number=${number}`);
  // the newest that came is shown, even if something newer is wanted by now
  if (!blob || clip !== state.clip || frame !== state.frame) return;
  shown = address;
  const shows = put(blob).then(() => {
    if (address === wanted) card.hide();
    note(address, began);
  });
  // while something is dragged, the next is asked for while this one is decoded
  if (!state.dragging) await shows;
}

function note(address, began) {
  const took = String(Math.round(performance.now() - began));
  if (began !== answered) stage.dataset.milliseconds = took;
  if (!address.includes("small=1")) {
    stage.dataset.sharp = took;
    card.prepare(ask);
  }
  answered = began;
  stage.dataset.shown = address;
  stage.dataset.pictures = String(Number(stage.dataset.pictures ?? 0) + 1);
}

// The same picture at reduced size, where that at full size would be waited for.
function smallBefore(address) {
  if (pace < QUICK || source() || card.isShown() || address.includes("small=1") || address.includes("scene=whole") && shown === address.replace("&scene=whole", "")) return null;
  const small = addresses.refocused(state.frame, true);
  return small === shown ? null : small;
}

// What a render makes of the scene takes a second; the preview goes on without it until then.
async function finish() {
  if (source() || state.dragging) return;
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
  if (!state.clip) return "";
  const { steady, repair, hidden, protect, disparity } = state.document;
  return [state.clip.id, state.frame, steady, repair, hidden, protect, disparity].join(" ");
}

// What was made ready to play is there at once, until the better one comes.
function showReady() {
  const ready = isSeen() && !source() && film.picture(state.frame);
  if (ready) {
    put(ready);
    return;
  }
  puts += 1;
  after.hidden = true;
}

let puts = 0;

async function put(blob) {
  const own = (puts += 1);
  const address = URL.createObjectURL(blob);
  const old = after.src;
  after.src = address;
  await after.decode().catch(() => {});
  if (own === puts) after.hidden = false;
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
}

function isSeen() {
  return state.view === "refocused" || state.view === "compare";
}

// A frame of a finished render, or the preview.
function addressOf() {
  if (source()) return `/api/renders/${source()}/frames/${state.frame}`;
  const address = addresses.refocused(state.frame, state.dragging);
  return address !== null && whole === sceneOf() && !state.dragging ? `${address}&scene=whole` : address;
}
