// Subjects that are known in the frame that is shown: outlined faintly, and found under a click.

import * as api from "./api.js";
import { state, listen, isPlaying } from "./state.js";

const SETTLE = 150;
const drawing = document.getElementById("outlines");
let known = [];
let timer = 0;

listen((changes) => {
  if (["clip", "frame", "playing", "disparity"].some((one) => changes.has(one))) {
    known = [];
    draw();
  }
  // what is followed anew may have found subjects
  if (["clip", "frame", "playing", "disparity", "values"].some((one) => changes.has(one))) {
    clearTimeout(timer);
    if (state.clip && !isPlaying()) timer = setTimeout(load, SETTLE);
  }
});

async function load() {
  const { clip, frame, progress, dragging } = state;
  if (!clip || dragging || progress?.disparity.state !== "done") return;
  const found = await api.get(`/api/clips/${clip.id}/subjects/${frame}`).catch(() => []);
  if (clip !== state.clip || frame !== state.frame || isPlaying()) return;
  known = found;
  draw();
}

function draw() {
  drawing.replaceChildren(
    ...known.map(({ focus, outlines }) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.dataset.focus = focus;
      path.setAttribute("d", outlines.map((outline) => `M${outline.map((place) => place.join(" ")).join("L")}Z`).join(""));
      return path;
    }),
  );
}

// The focus on the subject at a point given as shares of width and height, or null.
export function at(x, y) {
  return known.find(({ outlines }) => outlines.some((outline) => isInside(outline, x, y)))?.focus ?? null;
}

export function point(x, y) {
  const focus = x === null ? null : at(x, y);
  for (const path of drawing.children) path.classList.toggle("pointed", path.dataset.focus === focus);
}

function isInside(outline, x, y) {
  let inside = false;
  outline.forEach(([ax, ay], index) => {
    const [bx, by] = outline.at(index - 1);
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  });
  return inside;
}
