// The panels on either side: shown or folded away, as it was chosen last.

import { html, Icon } from "./html.js";
import { effect, signal } from "./vendor/signals-core.js";

const shown = Object.fromEntries(["library", "inspector"].map((name) => [name, signal(localStorage.getItem(`panel ${name}`) !== "away")]));

for (const [name, own] of Object.entries(shown)) {
  effect(() => {
    document.body.classList.toggle(`without-${name}`, !own.value);
    localStorage.setItem(`panel ${name}`, own.value ? "shown" : "away");
  });
}

export function PanelSwitch({ name, icon, label }) {
  const own = shown[name];
  const turn = () => {
    own.value = !own.value;
  };
  return html`<button type="button" class="panel-switch" title=${label} aria-label=${label} aria-expanded=${own.value} aria-controls=${name} onClick=${turn}><${Icon} name=${icon} /></button>`;
}
