// Keys that work wherever the focus is, but where something is typed.

import * as inspector from "./inspector.js";
import * as playback from "./playback.js";
import * as timeline from "./timeline.js";
import * as track from "./track.js";
import { state, tell, seek, step, commit, values, keyframes } from "./state.js";

const VIEWS = ["refocused", "original", "compare", "disparity"];
const $ = (id) => document.getElementById(id);

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=range]):not([type=checkbox]):not([type=color]), textarea, select, dialog[open]");
  if (typing || event.altKey || document.querySelector("dialog[open]")) return;
  const slides = event.target.closest("input[type=range]");
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === "?") $("keys").showModal();
  else if (!state.clip) return;
  else if (control && key === "z") step(event.shiftKey ? "redo" : "undo");
  else if (control && key === "y") step("redo");
  else if (control) return;
  else if (key === " " && !event.target.closest("button, a, summary, input:not([type=range])")) playback.toggle();
  else if ((key === "ArrowLeft" || key === "ArrowRight") && !slides) seek(state.frame + (key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1));
  else if (key === "Home" && !slides) seek(0);
  else if (key === "End" && !slides) seek(state.clock.count - 1);
  else if (key === "k") timeline.add();
  else if (key === "j" || key === "l") jump(key === "l");
  else if (key === "Delete" || key === "Backspace") timeline.remove(inspector.chosenKeyframe());
  else if (key === "e") nextEase();
  else if (key === "[" || key === "]") blurBy(key === "]" ? 2 : -2);
  else if (key === "i") mark("first");
  else if (key === "o") mark("last");
  else if ("1234".includes(key)) setView(VIEWS[Number(key) - 1]);
  else if (key === "p") $("peaking").click();
  else if (key === "+" || key === "=") timeline.zoom(1.6);
  else if (key === "-") timeline.zoom(1 / 1.6);
  else if (key === "0") timeline.zoomAll();
  else return;
  event.preventDefault();
});

export function setView(view) {
  state.view = view;
  tell("view");
}

function jump(forward) {
  const frames = keyframes().map((keyframe) => track.frameAt(state.clock, keyframe.time));
  const found = forward ? frames.find((frame) => frame > state.frame) : frames.findLast((frame) => frame < state.frame);
  if (found !== undefined) seek(found);
}

function nextEase() {
  const index = inspector.chosenKeyframe();
  if (index < 0) return;
  const now = track.EASES.indexOf(keyframes()[index].ease);
  timeline.setEase(index, track.EASES[(now + 1) % track.EASES.length]);
}

function blurBy(step) {
  const now = values();
  const blur = Math.max(0, Math.min(512, now.blur + step));
  commit({ ...state.document, keyframes: track.changed(state.document.keyframes, state.clock, state.frame, { blur }, now) });
}

// Render from here, or up to and with this frame.
export function mark(which) {
  let { first, last } = state.document;
  if (which === "first") {
    first = state.frame || null;
    if (last !== null && first > last) last = null;
  } else {
    last = state.frame + 1 >= state.clock.count ? null : state.frame;
    if (last !== null && first > last) first = null;
  }
  commit({ ...state.document, first, last });
}
