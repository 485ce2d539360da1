// Before and after, with a border that is dragged.

import { state } from "./state.js";
import { effect, signal } from "./vendor/signals-core.js";

const screen = document.getElementById("screen");
const refocused = [document.getElementById("after"), document.getElementById("card")];
const divider = document.getElementById("divider");
const border = signal(0.5);

// Share of the width that shows the original.
export const share = () => border.value;

effect(() => {
  const comparing = state.view === "compare" && Boolean(state.clip);
  divider.hidden = !comparing;
  document.getElementById("tag-before").hidden = document.getElementById("tag-after").hidden = !comparing;
  const percent = 100 * share();
  for (const one of refocused) one.style.clipPath = comparing ? `inset(0 0 0 ${percent}%)` : "";
  divider.style.left = `${percent}%`;
  divider.setAttribute("aria-valuenow", String(Math.round(percent)));
  divider.setAttribute("aria-valuetext", `${Math.round(percent)} % original`);
});

function move(to) {
  border.value = Math.max(0, Math.min(1, to));
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
  move(share() + steps[event.key]);
  event.preventDefault();
  event.stopPropagation();
});
