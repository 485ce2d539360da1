// Components: markup in templates, drawn again when a signal that they read has changed.

import htm from "./vendor/htm.js";
import { STEPS } from "./roving.js";
import { h, render } from "./vendor/preact.js";
import "./vendor/signals.js";

export const html = htm.bind(h);

// Fill a place of the page, given by a selector, with a component.
export function fill(place, Part) {
  render(h(Part), document.querySelector(place));
}

export const Icon = ({ name }) => html`<svg class="icon" aria-hidden="true"><use href=${`/static/icons.svg#${name}`} /></svg>`;

// Buttons of which one is on, as [value, content, title]; arrows move on. Each says its value as data-KIND.
export function Choices({ id, kind, label, choices, now, choose, style = "segments", names = false, off = false }) {
  const turn = (event) => {
    const by = STEPS[event.key];
    if (!by) return;
    const all = [...event.currentTarget.children];
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    next.focus();
    next.click();
    event.preventDefault();
    event.stopPropagation();
  };
  const isReached = (value, index) => value === now || (index === 0 && !choices.some(([one]) => one === now));
  const one = ([value, content, title], index) => html`<button
    key=${value}
    type="button"
    role="radio"
    aria-checked=${value === now}
    tabindex=${isReached(value, index) ? 0 : -1}
    title=${title}
    aria-label=${names ? title : undefined}
    disabled=${off}
    onClick=${() => choose(value)}
    ...${{ [`data-${kind}`]: value }}
  >${content}</button>`;
  return html`<div id=${id} class=${style} role="radiogroup" aria-label=${label} onKeyDown=${turn}>${choices.map(one)}</div>`;
}
