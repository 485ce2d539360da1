// The picture: what is shown of it, and focusing by clicking or with the keyboard.

import * as camera from "./camera.js";
import { decide, locked } from "./decisions.js";
import * as depth from "./depth.js";
import { guess } from "./followed.js";
import * as messages from "./messages.js";
import * as outlines from "./outlines.js";
import { commit, step } from "./saving.js";
import { state, whenever, values, decisions, withDecisions, isRough, isPlaying, doing } from "./state.js";
import * as track from "./track.js";
import { stop } from "./transport.js";
import { effect } from "./vendor/signals-core.js";
import * as viewer from "./viewer.js";

const stage = document.getElementById("stage");
const screen = document.getElementById("screen");
const cross = document.getElementById("cross");
const target = document.getElementById("target");
const readout = document.getElementById("readout");
const working = document.getElementById("working");
const STEP = 0.02;
const at = { x: 0.5, y: 0.5 };

effect(() => {
  screen.hidden = !state.clip;
  document.getElementById("empty").hidden = Boolean(state.clip);
  cross.hidden = true;
});
whenever(
  () => [state.clip, state.frame, isPlaying()],
  () => {
    target.hidden = true;
  },
);
effect(() => {
  screen.dataset.view = state.view;
});
effect(() => {
  const disparity = state.progress?.disparity;
  const failed = disparity?.state === "failed";
  const busy = state.clip && disparity && disparity.state !== "done";
  working.hidden = !busy || isPlaying();
  if (!busy) return;
  const rough = isRough() ? " · depth is rough until then" : "";
  working.textContent = failed ? disparity.message : `${doing(disparity, "Looking through the clip")}${rough}`;
  working.classList.toggle("failed", failed);
  working.style.setProperty("--share", disparity.total ? disparity.done / disparity.total : 0);
});

// --- clicking

viewer.onClick((event) => {
  if (isPlaying()) {
    stop();
    return;
  }
  const { x, y } = placeOf(event);
  const modified = event.altKey || event.shiftKey;
  const subject = event.detail > 1 && !modified ? outlines.at(x, y) : null;
  if (subject !== null) lockOn(subject);
  else focusOn(x, y, modified || event.detail > 1);
});

screen.addEventListener("pointermove", (event) => {
  const place = placeOf(event);
  read(place.x, place.y);
  outlines.point(place.x, place.y);
});
screen.addEventListener("pointerleave", () => {
  outlines.point(null);
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
    focusOn(at.x, at.y, event.altKey || event.shiftKey);
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
  if (!map || !state.document || isPlaying()) return;
  const disparity = depth.at(map, x, y);
  const now = values();
  const blurred = now.focus === null ? "" : ` · blur ${camera.radius(disparity, now, state.clip.width).toFixed(1)} px`;
  readout.hidden = false;
  readout.textContent = `nearness ${disparity.toFixed(3)}${blurred}`;
}

// Focus on a point given as shares of width and height: on the subject there, else at its depth, or following it.
export async function focusOn(x, y, follows = false) {
  Object.assign(at, { x, y });
  const map = depth.current() ?? (await depth.load());
  if (!map) {
    messages.note("The depth of this clip is not known yet; wait a moment.");
    return;
  }
  put(target, x, y);
  target.hidden = false;
  target.getAnimations().forEach((animation) => animation.cancel());
  target.animate([{ transform: "translate(-50%, -50%) scale(1.6)" }, { transform: "translate(-50%, -50%)" }], 180);
  const measured = depth.at(map, x, y);
  let focus = measured;
  // a number measured on a rough estimate would be wrong later, a point is measured again
  if (follows || state.click === "follow" || isRough()) {
    const time = track.short(track.timeOf(state.clock, state.frame));
    focus = `point:${(100 * x).toFixed(2)}%,${(100 * y).toFixed(2)}%@${time}`;
  } else {
    focus = outlines.at(x, y) ?? measured;
  }
  if (!track.isNumber(focus)) guess(focus, measured);
  target.classList.toggle("follows", typeof focus === "string");
  setFocus(focus);
}

const decided = (focus) => decide(decisions(), state.clock, state.frame, focus, values(), state.transition);

export function setFocus(focus) {
  commit(withDecisions(decided(focus)));
}

// Keep a subject sharp for the rest of the clip.
function lockOn(subject) {
  const made = decided(subject);
  const kept = locked(made, state.clock, state.frame);
  commit(withDecisions(kept));
  const gone = made.length - kept.length;
  const more = gone ? ` ${gone === 1 ? "One later decision is" : `${gone} later decisions are`} gone.` : "";
  messages.note(`This subject stays sharp for the rest of the clip.${more}`, { word: "Undo", act: () => step("undo") });
}
