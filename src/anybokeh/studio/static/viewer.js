// How large the picture is and what part of it is seen: fitted, or at a scale, moved by dragging.

import { state, whenever } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const stage = document.getElementById("stage");
const screen = document.getElementById("screen");
const LARGEST = 8;
const MOVED = 4;
// pixels of the clip on the screen per pixel, or null while it is fitted
let scale = null;
const centre = { x: 0.5, y: 0.5 };
const size = signal({ scale: "fit", percent: 100 });

// The scale, as a text or "fit", and how many percent of the clip's size that is.
export const shown = () => size.value;

export function resize(to) {
  if (to === "fit") fit();
  else if (state.clip) zoomTo(Number(to), { x: 0.5, y: 0.5 });
}

export function fit() {
  scale = null;
  Object.assign(centre, { x: 0.5, y: 0.5 });
  show();
}

const fitted = () => Math.min(stage.clientWidth / state.clip.width, stage.clientHeight / state.clip.height);
const scaleNow = () => scale ?? fitted() * devicePixelRatio;

// at: the place on the stage, in shares, that stays where it is.
function zoomTo(to, at) {
  const whole = fitted() * devicePixelRatio;
  const [before, after] = [scaleNow(), Math.max(Math.min(1, whole), Math.min(LARGEST, to))];
  for (const [axis, room, size] of [["x", stage.clientWidth, state.clip.width], ["y", stage.clientHeight, state.clip.height]]) {
    const away = (at[axis] - 0.5) * room * devicePixelRatio;
    centre[axis] += away / before / size - away / after / size;
  }
  scale = Math.abs(after / whole - 1) < 0.02 ? null : after;
  show();
}

function show() {
  if (!state.clip || !stage.clientWidth) return;
  const css = scaleNow() / devicePixelRatio;
  const { width, height } = state.clip;
  for (const [axis, room, size] of [["x", stage.clientWidth, width], ["y", stage.clientHeight, height]]) {
    const half = Math.min(0.5, room / (2 * css * size));
    centre[axis] = Math.max(half, Math.min(1 - half, centre[axis]));
  }
  screen.style.width = `${Math.max(16, Math.floor(css * width))}px`;
  screen.style.height = `${Math.max(9, Math.floor(css * height))}px`;
  screen.style.translate = `${Math.round((0.5 - centre.x) * css * width)}px ${Math.round((0.5 - centre.y) * css * height)}px`;
  stage.classList.toggle("zoomed", scale !== null);
  size.value = { scale: String(scale ?? "fit"), percent: Math.round(100 * css * devicePixelRatio) };
}

new ResizeObserver(show).observe(stage);
whenever(() => state.clip, fit);

stage.addEventListener(
  "wheel",
  (event) => {
    if (!state.clip) return;
    event.preventDefault();
    const room = stage.getBoundingClientRect();
    zoomTo(scaleNow() * Math.exp(-event.deltaY / 400), { x: (event.clientX - room.left) / room.width, y: (event.clientY - room.top) / room.height });
  },
  { passive: false },
);

// A press that does not move is a click; one that does moves the picture.
export function onClick(done) {
  let from = null;
  stage.addEventListener("pointerdown", (event) => {
    if ((event.button !== 0 && event.button !== 1) || !state.clip || event.target.closest(".divider")) return;
    // keys go on meaning the playhead
    event.preventDefault();
    document.activeElement?.blur();
    from = { x: event.clientX, y: event.clientY, centre: { ...centre }, moved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!from || !state.clip) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    from.moved ||= Math.hypot(dx, dy) > MOVED;
    if (!from.moved || scale === null) return;
    const css = scale / devicePixelRatio;
    centre.x = from.centre.x - dx / css / state.clip.width;
    centre.y = from.centre.y - dy / css / state.clip.height;
    show();
  });
  stage.addEventListener("click", (event) => {
    const press = from;
    from = null;
    if (press && !press.moved && state.clip && event.target.closest(".screen")) done(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, (event) => {
      if (event.type === "pointercancel" || event.button === 1) from = null;
      else setTimeout(() => (from = null));
    });
  }
}
