// Before and after, with a border that is dragged.

import { state, listen } from "./state.js";

const screen = document.getElementById("screen");
const after = document.getElementById("after");
const divider = document.getElementById("divider");
let share = 0.5;

listen((changes) => {
  if (changes.has("view") || changes.has("clip") || changes.has("playing")) show();
});

function show() {
  const comparing = state.view === "compare" && Boolean(state.clip) && !state.playing;
  divider.hidden = !comparing;
  document.getElementById("tag-before").hidden = document.getElementById("tag-after").hidden = !comparing;
  after.style.clipPath = comparing ? `inset(0 0 0 ${100 * share}%)` : "";
  divider.style.left = `${100 * share}%`;
  divider.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  divider.setAttribute("aria-valuetext", `${Math.round(100 * share)} % original`);
}

function move(to) {
  share = Math.max(0, Math.min(1, to));
  show();
}

divider.addEventListener("pointerdown", (event) => {
  divider.setPointerCapture(event.pointerId);
  event.preventDefault();
  divider.focus();
});
divider.addEventListener("pointermove", (event) => {
  if (!divider.hasPointerCapture(event.pointerId)) return;
  const room = screen.getBoundingClientRect();
  move((event.clientX - room.left) / room.width);
});
divider.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 };
  if (!(event.key in steps)) return;
  move(share + steps[event.key]);
  event.preventDefault();
  event.stopPropagation();
});
