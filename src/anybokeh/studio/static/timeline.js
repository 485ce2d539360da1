// The timeline: ruler, pictures, curves of focus and blur with their keyframes, and the playhead.

import * as api from "./api.js";
import * as track from "./track.js";
import { state, listen, tell, seek, show, commit, followed, keyframes } from "./state.js";

const root = document.getElementById("timeline");
const LABELS = 74;
const BLUR_TOP = 64;
const THUMB = 84;
const SAMPLES = 400;
const STEPS = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
const view = { from: 0, to: 1 };

root.innerHTML = `
  <div class="labels"><span></span><span class="thumbs-label"></span><span>Focus</span><span>Blur</span></div>
  <div class="lanes">
    <div class="ruler"></div>
    <div class="thumbs" aria-hidden="true"></div>
    <div class="lane" data-field="focus"><svg preserveAspectRatio="none" aria-hidden="true"><path/></svg></div>
    <div class="lane" data-field="blur"><svg preserveAspectRatio="none" aria-hidden="true"><path/></svg></div>
    <div class="outside left"></div><div class="outside right"></div>
    <div class="playhead" role="slider" tabindex="0" aria-label="Playhead"><span></span></div>
  </div>`;
const lanes = root.querySelector(".lanes");
const ruler = root.querySelector(".ruler");
const thumbs = root.querySelector(".thumbs");
const playhead = root.querySelector(".playhead");

listen((changes) => {
  if (changes.has("clip")) {
    fitAll();
    thumbs.replaceChildren();
  }
  if (!state.clip) {
    root.classList.add("nothing");
    return;
  }
  root.classList.remove("nothing");
  if (changes.has("clip") || changes.has("zoom")) drawThumbs();
  if (["clip", "zoom", "document", "values", "chosen"].some((one) => changes.has(one))) draw();
  if (["clip", "zoom", "frame", "document"].some((one) => changes.has(one))) drawPlayhead();
});
new ResizeObserver(() => {
  if (!state.clip) return;
  draw();
  drawPlayhead();
  drawThumbs();
}).observe(lanes);

// --- time and place

function fitAll() {
  view.from = 0;
  view.to = state.clock ? track.durationOf(state.clock) : 1;
}

export function zoom(factor, centre = track.timeOf(state.clock, state.frame)) {
  const length = track.durationOf(state.clock);
  const span = Math.max(Math.min(length, (view.to - view.from) / factor), Math.min(length, 8 / state.clock.rate));
  const share = (centre - view.from) / (view.to - view.from);
  view.from = Math.max(0, Math.min(length - span, centre - share * span));
  view.to = view.from + span;
  tell("zoom");
}

export function zoomAll() {
  fitAll();
  tell("zoom");
}

const width = () => lanes.clientWidth || 1;
const placeOf = (time) => ((time - view.from) / (view.to - view.from)) * width();
const timeAt = (x) => view.from + (x / width()) * (view.to - view.from);

function frameUnder(event) {
  return track.frameAt(state.clock, timeAt(event.clientX - lanes.getBoundingClientRect().left));
}

// --- drawing

function draw() {
  if (!state.document) return;
  drawRuler();
  drawPart();
  for (const lane of root.querySelectorAll(".lane")) drawLane(lane);
}

function drawRuler() {
  const wanted = (90 * (view.to - view.from)) / width();
  const step = STEPS.find((one) => one >= wanted) ?? STEPS.at(-1);
  const marks = [];
  for (let time = Math.ceil(view.from / step) * step; time <= view.to + 1e-9; time += step) {
    const mark = document.createElement("span");
    mark.style.left = `${placeOf(time)}px`;
    mark.textContent = clockText(time, step < 1 ? (step < 0.1 ? 2 : 1) : 0);
    marks.push(mark);
  }
  ruler.replaceChildren(...marks);
}

export function clockText(seconds, digits = 3) {
  const minutes = Math.floor((seconds + 1e-9) / 60);
  const rest = (seconds - 60 * minutes).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}

function drawPart() {
  const [left, right] = root.querySelectorAll(".outside");
  const { first, last } = state.document;
  const end = last === null ? track.durationOf(state.clock) : track.timeOf(state.clock, last + 1);
  left.style.width = `${Math.max(0, Math.min(width(), placeOf(track.timeOf(state.clock, first ?? 0))))}px`;
  right.style.width = `${Math.max(0, Math.min(width(), width() - placeOf(end)))}px`;
}

const highest = () => Math.max(BLUR_TOP / 2, ...keyframes().map((keyframe) => keyframe.blur)) * 1.1;

function heightOf(field, value, room) {
  const share = field === "focus" ? value : value / highest();
  return room - 9 - Math.max(0, Math.min(1, share)) * (room - 18);
}

function drawLane(lane) {
  const field = lane.dataset.field;
  const room = lane.clientHeight;
  const points = [];
  for (const frame of framesInView()) {
    const x = placeOf(track.timeOf(state.clock, frame));
    const value = track.valuesAt(state.document.keyframes, state.clock, frame, followed)[field];
    points.push(value === null ? null : `${x.toFixed(1)},${heightOf(field, value, room).toFixed(1)}`);
  }
  let path = "";
  points.forEach((point, index) => {
    if (point !== null) path += `${index && points[index - 1] !== null ? "L" : "M"}${point}`;
  });
  const svg = lane.querySelector("svg");
  svg.setAttribute("viewBox", `0 0 ${width()} ${room}`);
  svg.querySelector("path").setAttribute("d", path);
  drawKeyframes(lane, field, room);
}

// All frames where there are few, else as many as can be told apart; one more on either side.
function framesInView() {
  const first = Math.max(0, track.frameAt(state.clock, view.from) - 1);
  const last = Math.min(state.clock.count - 1, track.frameAt(state.clock, view.to) + 1);
  const samples = Math.max(1, Math.min(SAMPLES, last - first));
  const frames = Array.from({ length: samples + 1 }, (_, sample) => first + Math.round((sample * (last - first)) / samples));
  if (state.clock.count - 1 === last) frames.push(last + 1);
  return frames;
}

function drawKeyframes(lane, field, room) {
  const full = keyframes();
  const buttons = [...lane.querySelectorAll("button")];
  full.forEach((keyframe, index) => {
    const button = buttons[index] ?? lane.appendChild(keyButton(field, index));
    const frame = track.frameAt(state.clock, keyframe.time);
    const value = field === "blur" ? keyframe.blur : track.isNumber(keyframe.focus) ? Number(keyframe.focus) : followed(keyframe.focus, frame);
    const follows = field === "focus" && !track.isNumber(keyframe.focus);
    const x = placeOf(keyframe.time);
    button.hidden = x < -8 || x > width() + 8;
    button.style.left = `${x}px`;
    button.style.top = `${heightOf(field, value ?? 0.5, room)}px`;
    button.classList.toggle("follows", follows);
    button.classList.toggle("chosen", index === state.chosen);
    button.dataset.ease = keyframe.ease;
    button.setAttribute("aria-pressed", String(index === state.chosen));
    const what = field === "blur" ? `blur ${keyframe.blur}` : `focus ${keyframe.focus}`;
    button.setAttribute("aria-label", `Keyframe at ${clockText(keyframe.time)}, ${what}, ${keyframe.ease}`);
    button.title = `${clockText(keyframe.time)} · ${what} · ${keyframe.ease}`;
  });
  for (const left of buttons.slice(full.length)) left.remove();
}

function drawPlayhead() {
  const time = track.timeOf(state.clock, state.frame);
  const x = placeOf(time);
  playhead.style.left = `${x}px`;
  playhead.hidden = x < -1 || x > width() + 1;
  playhead.setAttribute("aria-valuemin", "0");
  playhead.setAttribute("aria-valuemax", String(state.clock.count - 1));
  playhead.setAttribute("aria-valuenow", String(state.frame));
  playhead.setAttribute("aria-valuetext", `${clockText(time)}, frame ${state.frame}`);
}

function drawThumbs() {
  // asked for a moment ago, when the clip was not closed yet
  if (!state.clip) return;
  const count = Math.max(1, Math.ceil(width() / THUMB));
  const pictures = [];
  for (let number = 0; number < count; number += 1) {
    const frame = track.frameAt(state.clock, timeAt(((number + 0.5) * width()) / count));
    const address = `/api/clips/${state.clip.id}/frames/${frame}?thumb=1`;
    const picture = thumbs.children[number]?.tagName === "IMG" ? thumbs.children[number] : new Image();
    picture.alt = "";
    picture.draggable = false;
    if (picture.dataset.address !== address) {
      picture.dataset.address = address;
      delete picture.dataset.loaded;
    }
    pictures.push(picture);
  }
  thumbs.replaceChildren(...pictures);
  if (!loading) loadThumbs();
}

let loading = false;

// One after the other, and never before what somebody waits for.
async function loadThumbs() {
  loading = true;
  for (;;) {
    const next = [...thumbs.children].find((picture) => !picture.dataset.loaded);
    if (!next) break;
    const { address } = next.dataset;
    const blob = await api.picture(address).catch(() => null);
    // meanwhile it may stand for another moment
    if (next.dataset.address !== address) continue;
    next.dataset.loaded = "true";
    if (!blob) continue;
    if (next.src) URL.revokeObjectURL(next.src);
    next.src = URL.createObjectURL(blob);
  }
  loading = false;
}

// --- the playhead and the view

let scrubbing = false;
lanes.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !state.clip || event.target.closest("button")) return;
  scrubbing = true;
  lanes.setPointerCapture(event.pointerId);
  choose(-1);
  seek(frameUnder(event));
});
lanes.addEventListener("pointermove", (event) => {
  if (scrubbing) seek(frameUnder(event));
});
for (const end of ["pointerup", "pointercancel"]) {
  lanes.addEventListener(end, () => {
    scrubbing = false;
  });
}
lanes.addEventListener(
  "wheel",
  (event) => {
    if (!state.clip) return;
    event.preventDefault();
    const x = event.clientX - lanes.getBoundingClientRect().left;
    if (event.ctrlKey || event.metaKey || Math.abs(event.deltaY) > Math.abs(event.deltaX)) {
      if (event.shiftKey) scroll(event.deltaY);
      else zoom(Math.exp(-event.deltaY / 300), timeAt(x));
    } else {
      scroll(event.deltaX);
    }
  },
  { passive: false },
);

function scroll(pixels) {
  const length = track.durationOf(state.clock);
  const span = view.to - view.from;
  view.from = Math.max(0, Math.min(length - span, view.from + (pixels / width()) * span));
  view.to = view.from + span;
  tell("zoom");
}

// --- keyframes

export function choose(index) {
  if (state.chosen === index) return;
  state.chosen = index;
  tell("chosen");
}

function keyButton(field, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "key";
  button.addEventListener("pointerdown", (event) => grab(event, button, field, index));
  button.addEventListener("keydown", (event) => nudge(event, button, field, index));
  button.addEventListener("focus", () => choose(index));
  button.addEventListener("click", () => {
    choose(index);
    seek(track.frameAt(state.clock, keyframes()[index].time));
  });
  return button;
}

// Drag in time, snapping to frames, and up and down in value.
function grab(event, button, field, index) {
  if (event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  button.focus();
  choose(index);
  const begun = keyframes();
  const own = begun[index];
  const from = { x: event.clientX, y: event.clientY };
  const room = button.parentElement.clientHeight - 18;
  const top = highest();
  let moved = false;
  const move = (next) => {
    const [dx, dy] = [next.clientX - from.x, next.clientY - from.y];
    if (!moved && Math.hypot(dx, dy) < 3) return;
    moved = true;
    const fields = {};
    if (Math.abs(dx) >= 3 || fields.time !== undefined) fields.time = timeNear(begun, index, own.time + (dx / width()) * (view.to - view.from));
    if (Math.abs(dy) >= 3) Object.assign(fields, valueMoved(own, field, (-dy / room) * (field === "blur" ? top : 1)));
    show({ ...state.document, keyframes: begun.map((one, place) => (place === index ? track.tidy({ ...own, ...fields }) : one)) });
  };
  const end = () => {
    button.removeEventListener("pointermove", move);
    button.removeEventListener("pointerup", end);
    button.removeEventListener("pointercancel", end);
    if (moved) commit(state.document);
    // a click follows, which goes there
  };
  button.setPointerCapture(event.pointerId);
  button.addEventListener("pointermove", move);
  button.addEventListener("pointerup", end);
  button.addEventListener("pointercancel", end);
}

// The time of a frame between the keyframes before and after.
function timeNear(full, index, time) {
  const low = index > 0 ? track.frameAt(state.clock, full[index - 1].time) + 1 : 0;
  const high = index + 1 < full.length ? track.frameAt(state.clock, full[index + 1].time) - 1 : state.clock.count - 1;
  return track.timeOf(state.clock, Math.max(low, Math.min(high, track.frameAt(state.clock, time))));
}

function valueMoved(keyframe, field, by) {
  if (field === "blur") return { blur: keyframe.blur + by };
  return track.isNumber(keyframe.focus) ? { focus: Number(keyframe.focus) + by } : {};
}

function nudge(event, button, field, index) {
  const full = keyframes();
  const own = full[index];
  const far = event.shiftKey ? 10 : 1;
  const frame = track.frameAt(state.clock, own.time);
  let fields = null;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const by = event.key === "ArrowLeft" ? -far : far;
    fields = { time: timeNear(full, index, track.timeOf(state.clock, Math.max(0, Math.min(state.clock.count - 1, frame + by)))) };
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const by = event.key === "ArrowUp" ? far : -far;
    fields = valueMoved(own, field, by * (field === "blur" ? 1 : 0.01));
  }
  if (!fields) return;
  event.preventDefault();
  event.stopPropagation();
  commit({ ...state.document, keyframes: full.map((one, place) => (place === index ? track.tidy({ ...own, ...fields }) : one)) });
}

export function remove(index) {
  const full = keyframes();
  if (index < 0 || index >= full.length) return;
  if (full.length === 1) return;
  state.chosen = -1;
  commit({ ...state.document, keyframes: full.filter((_, place) => place !== index) });
  tell("chosen");
}

export function setEase(index, ease) {
  const full = keyframes();
  if (index < 0 || index >= full.length) return;
  commit({ ...state.document, keyframes: full.map((one, place) => (place === index ? { ...one, ease } : one)) });
}

export function add() {
  const now = track.valuesAt(state.document.keyframes, state.clock, state.frame, followed);
  const before = keyframes().filter((keyframe) => keyframe.time <= track.timeOf(state.clock, state.frame) + 1e-6).at(-1) ?? keyframes()[0];
  // what is followed there goes on being followed
  const focus = track.isNumber(before.focus) ? now.focus : before.focus;
  const made = track.withKeyframe(state.document.keyframes, state.clock, state.frame, { ...now, focus });
  state.chosen = track.keyframeAt(made, state.clock, state.frame);
  commit({ ...state.document, keyframes: made });
  tell("chosen");
}
