// Keys that work wherever the focus is, but where something is typed.

import { withValue, holding } from "./decisions.js";
import { mark } from "./part.js";
import { commit, step } from "./saving.js";
import { state, seek, values, decisions, withDecisions } from "./state.js";
import * as timeline from "./timeline.js";
import * as track from "./track.js";
import * as transport from "./transport.js";
import * as viewer from "./viewer.js";

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
  else if (key === " " && !event.target.closest("button, a, summary, input:not([type=range])")) transport.toggle();
  else if (key === "j") transport.shuttle(-1);
  else if (key === "k") transport.stop();
  else if (key === "l") transport.shuttle(1);
  else if ((key === "ArrowLeft" || key === "ArrowRight") && !slides) seek(state.frame + (key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1));
  else if (key === ",") seek(state.frame - 1);
  else if (key === ".") seek(state.frame + 1);
  else if ((key === "ArrowUp" || key === "ArrowDown") && !slides) jump(key === "ArrowDown");
  else if (key === "Home" && !slides) seek(0);
  else if (key === "End" && !slides) seek(state.clock.count - 1);
  else if (key === "m") timeline.add();
  else if (key === "Delete" || key === "Backspace") timeline.removeChosen();
  else if (key === "e") timeline.nextEase();
  else if (key === "[" || key === "]") blurBy(key === "]" ? 2 : -2);
  else if (key === "i") mark("first");
  else if (key === "o") mark("last");
  else if ("1234".includes(key)) state.view = VIEWS[Number(key) - 1];
  else if (key === "p") state.peaking = !state.peaking;
  else if (key === "f") fullScreen();
  else if (key === "z") viewer.fit();
  else if (key === "+" || key === "=") timeline.zoom(1.6);
  else if (key === "-") timeline.zoom(1 / 1.6);
  else if (key === "0") timeline.zoomAll();
  else return;
  event.preventDefault();
});

// What is clicked with the mouse does not keep the keys: arrows go on moving the playhead.
addEventListener("click", (event) => {
  if (event.detail > 0 && event.target.closest("button, input[type=range], input[type=checkbox]") && !document.querySelector("dialog[open]")) document.activeElement?.blur();
});

export function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else $("centre").requestFullscreen();
}

function jump(forward) {
  const frames = decisions().map((one) => track.frameAt(state.clock, one.time));
  const found = forward ? frames.find((frame) => frame > state.frame) : frames.findLast((frame) => frame < state.frame);
  if (found !== undefined) seek(found);
}

function blurBy(by) {
  const all = decisions();
  const blur = Math.max(0, Math.min(512, values().blur + by));
  commit(withDecisions(withValue(all, holding(all, state.clock, state.frame), "blur", blur)));
}

$("keys-close").addEventListener("click", () => $("keys").close());
