// The timeline: ruler, pictures, curves of focus and blur with their decisions, and the playhead.

import * as api from "./api.js";
import { added, decisionAt, holding, isAutomatic, replaced } from "./decisions.js";
import * as film from "./film.js";
import { followed } from "./followed.js";
import { commit } from "./saving.js";
import { state, seek, show, values, valuesAt, decisions, withDecisions, chosen, isPlaying, standingFrame, whenever } from "./state.js";
import * as track from "./track.js";
import { clockText, timecode } from "./timecode.js";
import { effect, signal, untracked } from "./vendor/signals-core.js";

const root = document.getElementById("timeline");
const LEAST = { focus: 0.1, blur: 8 };
const THUMB = 84;
const SAMPLES = 400;
const STEPS = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
// seconds that are seen
const view = signal({ from: 0, to: 1 });
const width = signal(1);

root.innerHTML = `
  <div class="labels"><span></span><span></span><span title="Nearness of what is in focus (disparity): 1 is nearest">Focus <small></small></span><span title="Strength of the blur (K)">Blur <small></small></span></div>
  <div class="lanes">
    <div class="ruler"></div>
    <div class="ready" title="Ready to play"></div>
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

// --- time and place

export function zoomAll() {
  view.value = { from: 0, to: track.durationOf(state.clock) };
}

// See a span of so many seconds, from a moment on or as near to it as the clip has it.
function look(from, span) {
  const begin = Math.max(0, Math.min(track.durationOf(state.clock) - span, from));
  view.value = { from: begin, to: begin + span };
}

const span = () => view.value.to - view.value.from;

export function zoom(factor, centre = track.timeOf(state.clock, state.frame)) {
  const length = track.durationOf(state.clock);
  const next = Math.max(Math.min(length, span() / factor), Math.min(length, 8 / state.clock.rate));
  look(centre - ((centre - view.value.from) / span()) * next, next);
}

const placeOf = (time) => ((time - view.value.from) / span()) * width.value;
const timeAt = (x) => view.value.from + (x / width.value) * span();

function frameUnder(event) {
  return track.frameAt(state.clock, timeAt(event.clientX - lanes.getBoundingClientRect().left));
}

// --- drawing

function drawRuler() {
  const { from, to } = view.value;
  const wanted = (90 * span()) / width.value;
  const step = STEPS.find((one) => one >= wanted) ?? STEPS.at(-1);
  const marks = [];
  for (let time = Math.ceil(from / step) * step; time <= to + 1e-9; time += step) {
    const mark = document.createElement("span");
    mark.style.left = `${placeOf(time)}px`;
    mark.textContent = clockText(time, step < 1 ? (step < 0.1 ? 2 : 1) : 0);
    marks.push(mark);
  }
  ruler.replaceChildren(...marks);
}

function drawPart() {
  const [left, right] = root.querySelectorAll(".outside");
  const { first, last } = state.document;
  const end = last === null ? track.durationOf(state.clock) : track.timeOf(state.clock, last + 1);
  left.style.width = `${Math.max(0, Math.min(width.value, placeOf(track.timeOf(state.clock, first ?? 0))))}px`;
  right.style.width = `${Math.max(0, Math.min(width.value, width.value - placeOf(end)))}px`;
}

// Lowest and highest value of each lane, with room around, so that a small rack is seen.
const scales = { focus: [0, 1], blur: [0, 64] };

function rescale(field, found) {
  // what is dragged keeps its scale
  if (state.dragging) return;
  const values = found.filter((value) => value !== null);
  if (!values.length) return;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const more = Math.max(0, LEAST[field] - (high - low)) / 2 + 0.05 * (high - low);
  scales[field] = [Math.max(0, low - more), high + more];
}

function heightOf(field, value, room) {
  const [low, high] = scales[field];
  return room - 9 - Math.max(0, Math.min(1, (value - low) / (high - low))) * (room - 18);
}

function drawLane(lane, number) {
  const field = lane.dataset.field;
  const room = lane.clientHeight;
  const found = framesInView().map((frame) => [placeOf(track.timeOf(state.clock, frame)), valuesAt(frame)[field]]);
  rescale(field, found.map(([, value]) => value));
  const points = found.map(([x, value]) => (value === null ? null : `${x.toFixed(1)},${heightOf(field, value, room).toFixed(1)}`));
  let path = "";
  points.forEach((point, index) => {
    if (point !== null) path += `${index && points[index - 1] !== null ? "L" : "M"}${point}`;
  });
  const svg = lane.querySelector("svg");
  svg.setAttribute("viewBox", `0 0 ${width.value} ${room}`);
  svg.querySelector("path").setAttribute("d", path);
  const digits = field === "blur" ? 0 : 2;
  root.querySelectorAll(".labels small")[number].textContent = scales[field].map((value) => value.toFixed(digits)).join(" – ");
  drawMarks(lane, field, room);
}

// All frames where there are few, else as many as can be told apart; one more on either side.
function framesInView() {
  const first = Math.max(0, track.frameAt(state.clock, view.value.from) - 1);
  const last = Math.min(state.clock.count - 1, track.frameAt(state.clock, view.value.to) + 1);
  const samples = Math.max(1, Math.min(SAMPLES, last - first));
  const frames = Array.from({ length: samples + 1 }, (_, sample) => first + Math.round((sample * (last - first)) / samples));
  if (state.clock.count - 1 === last) frames.push(last + 1);
  return frames;
}

function drawMarks(lane, field, room) {
  const all = decisions();
  const buttons = [...lane.querySelectorAll("button")];
  all.forEach((decision, index) => {
    const button = buttons[index] ?? lane.appendChild(markButton(field, index));
    const frame = track.frameAt(state.clock, decision.time);
    const value = field === "blur" ? decision.blur : track.isNumber(decision.focus) ? Number(decision.focus) : followed(decision.focus, frame);
    const x = placeOf(decision.time);
    button.hidden = x < -8 || x > width.value + 8;
    button.style.left = `${x}px`;
    button.style.top = `${heightOf(field, value ?? (scales.focus[0] + scales.focus[1]) / 2, room)}px`;
    button.classList.toggle("follows", field === "focus" && !track.isNumber(decision.focus));
    button.classList.toggle("automatic", field === "focus" && isAutomatic(decision, all));
    button.dataset.ease = decision.ease;
    const what = field === "blur" ? `blur ${decision.blur}` : `focus ${track.isNumber(decision.focus) ? decision.focus : `follows ${decision.focus}`}`;
    button.setAttribute("aria-label", `Decision at ${timecode(state.clock, frame)}, ${what}`);
    button.title = `${timecode(state.clock, frame)} · ${what}${isAutomatic(decision, all) ? " · automatic" : ""}`;
  });
  for (const left of buttons.slice(all.length)) left.remove();
}

// The marks of the decision under the playhead.
function drawChosen() {
  const here = chosen(standingFrame());
  const reached = holding(decisions(), state.clock, standingFrame());
  for (const lane of root.querySelectorAll(".lane")) {
    lane.querySelectorAll("button").forEach((button, index) => {
      button.classList.toggle("chosen", index === here);
      button.setAttribute("aria-pressed", String(index === here));
      // Tab reaches the one that holds, Page Up and Page Down go to the others
      button.tabIndex = index === reached ? 0 : -1;
    });
  }
}

// What is ready to play, as a line under the ruler.
let drawingReady = 0;
function drawReady() {
  drawingReady ||= setTimeout(() => {
    drawingReady = 0;
    if (!state.clip) return;
    const runs = [];
    for (const frame of film.ready()) {
      if (runs.length && runs.at(-1)[1] === frame) runs.at(-1)[1] = frame + 1;
      else runs.push([frame, frame + 1]);
    }
    const line = root.querySelector(".ready");
    line.dataset.frames = String(runs.reduce((sum, [begin, end]) => sum + end - begin, 0));
    line.replaceChildren(
      ...runs.map(([begin, end]) => {
        const part = document.createElement("span");
        const left = placeOf(track.timeOf(state.clock, begin));
        const right = end < state.clock.count ? placeOf(track.timeOf(state.clock, end)) : placeOf(track.durationOf(state.clock));
        part.style.left = `${left}px`;
        part.style.width = `${Math.max(1, right - left)}px`;
        return part;
      }),
    );
  }, 250);
}

function drawPlayhead() {
  const time = track.timeOf(state.clock, state.frame);
  const x = placeOf(time);
  // what plays stays in view
  if (isPlaying() && (x < 0 || x > width.value)) {
    look(time, span());
    return;
  }
  playhead.style.left = `${x}px`;
  playhead.hidden = x < -1 || x > width.value + 1;
  playhead.setAttribute("aria-valuemin", "0");
  playhead.setAttribute("aria-valuemax", String(state.clock.count - 1));
  playhead.setAttribute("aria-valuenow", String(state.frame));
  playhead.setAttribute("aria-valuetext", `${timecode(state.clock, state.frame)}, frame ${state.frame}`);
}

function drawThumbs() {
  const count = Math.max(1, Math.ceil(width.value / THUMB));
  const pictures = [];
  for (let number = 0; number < count; number += 1) {
    const frame = track.frameAt(state.clock, timeAt(((number + 0.5) * width.value) / count));
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
  replaceThumbs(pictures);
  if (!loading) loadThumbs();
}

function replaceThumbs(pictures) {
  for (const old of thumbs.children) if (old.src && !pictures.includes(old)) URL.revokeObjectURL(old.src);
  thumbs.replaceChildren(...pictures);
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
    // meanwhile it may stand for another moment, or be gone
    if (!next.isConnected || next.dataset.address !== address) continue;
    next.dataset.loaded = "true";
    if (!blob) continue;
    if (next.src) URL.revokeObjectURL(next.src);
    next.src = URL.createObjectURL(blob);
  }
  loading = false;
}

new ResizeObserver(() => {
  width.value = lanes.clientWidth || 1;
}).observe(lanes);
whenever(
  () => state.clip,
  (clip) => {
    root.classList.toggle("nothing", !clip);
    replaceThumbs([]);
    if (clip) zoomAll();
  },
);
effect(() => {
  if (!state.clip) return;
  drawRuler();
  drawPart();
  root.querySelectorAll(".lane").forEach(drawLane);
  untracked(drawChosen);
});
for (const part of [drawChosen, drawPlayhead, drawThumbs]) effect(() => state.clip && part());
whenever(() => [view.value, state.clip, film.readiness()], drawReady);

// --- the playhead and the view

let scrubbing = false;
lanes.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !state.clip || event.target.closest("button")) return;
  scrubbing = true;
  lanes.setPointerCapture(event.pointerId);
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
  look(view.value.from + (pixels / width.value) * span(), span());
}

// --- decisions

const frameOf = (decision) => track.frameAt(state.clock, decision.time);

function markButton(field, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "key";
  button.addEventListener("pointerdown", (event) => grab(event, button, field, index));
  button.addEventListener("keydown", (event) => nudge(event, field, index));
  const go = () => seek(frameOf(decisions()[index]));
  button.addEventListener("focus", go);
  button.addEventListener("click", go);
  return button;
}

// Drag in time, snapping to frames, and up and down in value; the playhead goes along.
function grab(event, button, field, index) {
  if (event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  const { id } = state.clip;
  const begun = decisions();
  const own = begun[index];
  seek(frameOf(own));
  const from = { x: event.clientX, y: event.clientY };
  const perPixel = (scales[field][1] - scales[field][0]) / (button.parentElement.clientHeight - 18);
  let moved = false;
  // another clip may be opened meanwhile
  const isOpen = () => state.clip?.id === id;
  const move = (next) => {
    if (!isOpen()) return;
    const [dx, dy] = [next.clientX - from.x, next.clientY - from.y];
    if (!moved && Math.hypot(dx, dy) < 3) return;
    const fields = {};
    if (Math.abs(dx) >= 3 || moved) fields.time = timeNear(begun, index, own.time + (dx / width.value) * span());
    if (Math.abs(dy) >= 3) Object.assign(fields, valueMoved(own, field, -dy * perPixel));
    moved = true;
    show(withDecisions(replaced(begun, index, fields)));
    if (fields.time !== undefined) seek(track.frameAt(state.clock, fields.time));
  };
  const end = () => {
    button.removeEventListener("pointermove", move);
    button.removeEventListener("pointerup", end);
    button.removeEventListener("pointercancel", end);
    if (moved && isOpen()) commit(state.document);
  };
  button.setPointerCapture(event.pointerId);
  button.addEventListener("pointermove", move);
  button.addEventListener("pointerup", end);
  button.addEventListener("pointercancel", end);
}

// The time of a frame between the decisions before and after.
function timeNear(all, index, time) {
  const low = index > 0 ? frameOf(all[index - 1]) + 1 : 0;
  const high = index + 1 < all.length ? frameOf(all[index + 1]) - 1 : state.clock.count - 1;
  return track.timeOf(state.clock, Math.max(low, Math.min(high, track.frameAt(state.clock, time))));
}

function valueMoved(decision, field, by) {
  if (field === "blur") return { blur: Math.max(0, Math.min(512, decision.blur + by)) };
  return track.isNumber(decision.focus) ? { focus: Math.max(0, Math.min(1, Number(decision.focus) + by)) } : {};
}

function nudge(event, field, index) {
  const all = decisions();
  const own = all[index];
  const far = event.shiftKey ? 10 : 1;
  const other = { PageUp: index - 1, PageDown: index + 1 }[event.key];
  if (other !== undefined) {
    event.preventDefault();
    event.currentTarget.parentElement.querySelectorAll("button")[other]?.focus();
    return;
  }
  let fields = null;
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const frame = frameOf(own) + (event.key === "ArrowLeft" ? -far : far);
    fields = { time: timeNear(all, index, track.timeOf(state.clock, Math.max(0, Math.min(state.clock.count - 1, frame)))) };
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const by = event.key === "ArrowUp" ? far : -far;
    fields = valueMoved(own, field, by * (field === "blur" ? 1 : 0.01));
  }
  if (!fields) return;
  event.preventDefault();
  event.stopPropagation();
  commit(withDecisions(replaced(all, index, fields)));
  if (fields.time !== undefined) seek(track.frameAt(state.clock, fields.time));
}

export function removeChosen() {
  const [all, index] = [decisions(), chosen()];
  if (index < 0 || all.length === 1) return;
  commit(withDecisions(all.filter((_, place) => place !== index)));
}

export function setEase(ease) {
  if (chosen() >= 0) commit(withDecisions(replaced(decisions(), chosen(), { ease })));
}

export function nextEase() {
  if (chosen() < 0) return;
  const now = track.EASES.indexOf(decisions()[chosen()].ease);
  setEase(track.EASES[(now + 1) % track.EASES.length]);
}

export function add() {
  if (decisionAt(decisions(), state.clock, state.frame) >= 0) return;
  commit(withDecisions(added(decisions(), state.clock, state.frame, values(), state.transition)));
}
