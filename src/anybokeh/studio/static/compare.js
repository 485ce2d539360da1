// Before and after, with a border that is dragged.

import { state, listen } from "./state.js";

const screen = document.getElementById("screen");
const after = document.getElementById("after");
const divider = document.getElementById("divider");
let border = 0.5;

// Share of the width that shows the original.
export const share = () => border;

listen((changes) => {
  if (changes.has("view") || changes.has("clip")) show();
});

function show() {
  const comparing = state.view === "compare" && Boolean(state.clip);
  divider.hidden = !comparing;
  document.getElementById("tag-before").hidden = document.getElementById("tag-after").hidden = !comparing;
  after.style.clipPath = comparing ? `inset(0 0 0 ${100 * border}%)` : "";
  divider.style.left = `${100 * border}%`;
  divider.setAttribute("aria-valuenow", String(Math.round(100 * border)));
  divider.setAttribute("aria-valuetext", `${Math.round(100 * border)} % original`);
}

function move(to) {
  border = Math.max(0, Math.min(1, to));
  show();
}

divider.addEventListener("pointerdown", (event) => {
  event.stopPropagation();
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
  move(border + steps[event.key]);
  event.preventDefault();
  event.stopPropagation();
});
