// The picture: its size, what is shown of it, and focusing by clicking or with the keyboard.

import * as camera from "./camera.js";
import * as depth from "./depth.js";
import * as messages from "./messages.js";
import * as track from "./track.js";
import { state, listen, tell, values, commit, guess, isRough, doing } from "./state.js";

const stage = document.getElementById("stage");
const screen = document.getElementById("screen");
const before = document.getElementById("before");
const after = document.getElementById("after");
const film = document.getElementById("film");
const cross = document.getElementById("cross");
const target = document.getElementById("target");
const readout = document.getElementById("readout");
const working = document.getElementById("working");
const STEP = 0.02;
const at = { x: 0.5, y: 0.5 };

listen((changes) => {
  if (changes.has("clip")) {
    screen.hidden = !state.clip;
    document.getElementById("empty").hidden = Boolean(state.clip);
    target.hidden = cross.hidden = true;
    fit();
  }
  if (changes.has("frame")) target.hidden = true;
  if (changes.has("view") || changes.has("clip")) showView();
  if (["clip", "disparity", "progress", "playing"].some((one) => changes.has(one))) showWorking();
});

new ResizeObserver(fit).observe(stage);

function fit() {
  if (!state.clip) return;
  const room = stage.getBoundingClientRect();
  const aspect = state.clip.width / state.clip.height;
  const width = Math.max(16, Math.min(room.width, room.height * aspect));
  screen.style.width = `${Math.floor(width)}px`;
  screen.style.height = `${Math.floor(width / aspect)}px`;
}

function showView() {
  for (const button of document.querySelectorAll("#views button")) {
    const on = button.dataset.view === state.view;
    button.setAttribute("aria-checked", String(on));
    button.tabIndex = on ? 0 : -1;
  }
  screen.dataset.view = state.view;
}

function showWorking() {
  const disparity = state.progress?.disparity;
  const failed = disparity?.state === "failed";
  const busy = state.clip && disparity && disparity.state !== "done";
  working.hidden = !busy || state.playing;
  if (!busy) return;
  const rough = isRough() ? " · distances are rough until then" : "";
  working.textContent = failed ? disparity.message : `${doing(disparity, "Looking through the clip")}${rough}`;
  working.classList.toggle("failed", failed);
  working.style.setProperty("--share", disparity.total ? disparity.done / disparity.total : 0);
}

// --- clicking

screen.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || event.target.closest(".divider")) return;
  if (state.playing) {
    state.playing = false;
    tell("playing");
    return;
  }
  const place = placeOf(event);
  focusOn(place.x, place.y);
});

screen.addEventListener("pointermove", (event) => {
  const place = placeOf(event);
  read(place.x, place.y);
});
screen.addEventListener("pointerleave", () => {
  readout.hidden = true;
});

stage.addEventListener("keydown", (event) => {
  if (event.target !== stage || !state.clip) return;
  const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const move = moves[event.key];
  if (move) {
    at.x = Math.max(0, Math.min(1, at.x + move[0]));
    at.y = Math.max(0, Math.min(1, at.y + move[1]));
    cross.hidden = false;
    put(cross, at.x, at.y);
    read(at.x, at.y);
  } else if (event.key === "Enter") {
    focusOn(at.x, at.y);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
});
stage.addEventListener("blur", () => {
  cross.hidden = true;
});

function placeOf(event) {
  const room = screen.getBoundingClientRect();
  const inside = (value) => Math.max(0, Math.min(1, value));
  return { x: inside((event.clientX - room.left) / room.width), y: inside((event.clientY - room.top) / room.height) };
}

function put(element, x, y) {
  element.style.left = `${100 * x}%`;
  element.style.top = `${100 * y}%`;
}

function read(x, y) {
  const map = depth.current();
  if (!map || !state.document) return;
  const disparity = depth.at(map, x, y);
  const now = values();
  const blurred = now.focus === null ? "" : ` · blur ${camera.radius(disparity, now, state.clip.width).toFixed(1)} px`;
  readout.hidden = false;
  readout.textContent = `distance ${disparity.toFixed(3)}${blurred}`;
}

// Focus on a point given as shares of width and height: at its distance, or following it from here.
export async function focusOn(x, y) {
  Object.assign(at, { x, y });
  const map = depth.current() ?? (await depth.load());
  if (!map) {
    messages.note("The disparity of this clip is not known yet; wait a moment.");
    return;
  }
  put(target, x, y);
  target.hidden = false;
  target.getAnimations().forEach((animation) => animation.cancel());
  target.animate([{ transform: "translate(-50%, -50%) scale(1.6)" }, { transform: "translate(-50%, -50%)" }], 180);
  const measured = depth.at(map, x, y);
  let focus = measured;
  // a number measured on a rough estimate would be wrong later, a point is measured again
  if (state.mode === "follow" || isRough()) {
    const time = track.short(track.timeOf(state.clock, state.frame));
    focus = `point:${(100 * x).toFixed(2)}%,${(100 * y).toFixed(2)}%@${time}`;
    guess(focus, measured);
  } else if (state.mode === "subject") {
    state.mode = "distance";
    tell("mode");
  }
  setFocus(focus);
}

export function setFocus(focus) {
  const keyframes = track.changed(state.document.keyframes, state.clock, state.frame, { focus }, values());
  commit({ ...state.document, keyframes });
}

// --- playing

listen((changes) => {
  if (!changes.has("playing") && !changes.has("clip") && !changes.has("frame")) return;
  film.hidden = !state.playing;
  if (!state.playing && !film.paused) film.pause();
  for (const element of [before, after]) element.style.visibility = state.playing ? "hidden" : "";
});
