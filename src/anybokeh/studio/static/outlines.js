// Subjects that are known in the frame that is shown: outlined faintly, and found under a click.

import * as api from "./api.js";
import { fill, html } from "./html.js";
import { state, disparityNow, isPlaying, standingFrame, valuesAt, whenever } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const SETTLE = 150;
const known = signal([]);
// the focus on the subject under the pointer, or null
const pointed = signal(null);
let timer = 0;

const where = () => [state.clip, standingFrame(), isPlaying(), disparityNow()];

whenever(where, () => {
  known.value = [];
});
whenever(
  // what is followed anew may have found subjects
  () => [...where(), state.clip && valuesAt(standingFrame())],
  () => {
    clearTimeout(timer);
    if (state.clip && !isPlaying()) timer = setTimeout(load, SETTLE);
  },
);

async function load() {
  const { clip, frame, progress, dragging } = state;
  if (!clip || dragging || progress?.disparity.state !== "done") return;
  const found = await api.get(`/api/clips/${clip.id}/subjects/${frame}`).catch(() => []);
  if (clip !== state.clip || frame !== state.frame || isPlaying()) return;
  known.value = found;
}

const pathOf = (outline) => `M${outline.map((place) => place.join(" ")).join("L")}Z`;
const Subject = ({ focus, outlines }) => html`<path class=${focus === pointed.value ? "pointed" : ""} data-focus=${focus} d=${outlines.map(pathOf).join("")} />`;

fill("#outlines", () => known.value.map((one) => html`<${Subject} key=${one.focus} ...${one} />`));

// The focus on the subject at a point given as shares of width and height, or null.
export function at(x, y) {
  return known.value.find(({ outlines }) => outlines.some((outline) => isInside(outline, x, y)))?.focus ?? null;
}

export function point(x, y) {
  pointed.value = x === null ? null : at(x, y);
}

function isInside(outline, x, y) {
  let inside = false;
  outline.forEach(([ax, ay], index) => {
    const [bx, by] = outline.at(index - 1);
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  });
  return inside;
}
