// One Tab stop for many controls: arrows go from one to the next.

const CONTROLS = "button, a, input, select";
// Where an arrow key goes.
export const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

// What Tab reaches in a place is the control that had the focus last, else the first one. Groups of choices, which go
// on by themselves, are left alone; in fields, up and down keep their meaning.
export function rove(place) {
  if (!place) return;
  let last = null;
  const controls = () => [...place.querySelectorAll(CONTROLS)].filter((one) => !one.disabled && one.checkVisibility() && !one.closest("[role=radiogroup]"));
  const tidy = () => {
    const all = controls();
    if (!all.includes(last)) last = all[0] ?? null;
    for (const one of all) if (one.tabIndex !== (one === last ? 0 : -1)) one.tabIndex = one === last ? 0 : -1;
  };
  place.addEventListener("focusin", (event) => {
    if (!controls().includes(event.target)) return;
    last = event.target;
    tidy();
  });
  place.addEventListener("keydown", (event) => {
    const by = STEPS[event.key];
    const all = controls();
    const here = all.indexOf(event.target);
    const own = event.target.matches("input, select") && (event.key === "ArrowUp" || event.key === "ArrowDown");
    if (!by || here < 0 || own || event.ctrlKey || event.altKey || event.metaKey) return;
    all[(here + by + all.length) % all.length].focus();
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(tidy).observe(place);
  new MutationObserver(tidy).observe(place, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled", "hidden"] });
}
