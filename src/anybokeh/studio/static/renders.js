// Full-quality renders: how far they are, cancelling, continuing, downloading.

import * as api from "./api.js";
import { html } from "./html.js";
import * as messages from "./messages.js";
import { rove } from "./roving.js";
import { sizeText } from "./sizes.js";
import { state } from "./state.js";

const STATES = { queued: "waiting", working: "rendering", done: "done", stopped: "stopped", failed: "failed" };

// Those of a clip that can be looked at.
export const rendersOf = (clip) => state.renders.filter((render) => render.clip === clip?.id && render.state === "done");

export function timeText(seconds) {
  return new Date(1000 * seconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

async function act(id, what) {
  try {
    if (what === "remove") {
      await api.send("DELETE", `/api/renders/${id}`);
      state.renders = state.renders.filter((one) => one.id !== id);
    } else {
      const now = await api.send("POST", `/api/renders/${id}`, { do: what });
      state.renders = state.renders.map((one) => (one.id === id ? now : one));
    }
  } catch (error) {
    messages.problem(error.message);
  }
}

const shareOf = ({ done, total }) => (total ? done / total : null);

function said(render) {
  const { state: now, step, done, total, left, seconds, bytes, message, begun } = render;
  const share = shareOf(render);
  if (now === "working") return share === null ? step || "preparing" : `${step} · ${done} of ${total} frames${left ? ` · ${left}` : ""}`;
  if (now === "done") return `${done} frames in ${seconds.toFixed(0)} s${bytes ? ` · ${sizeText(bytes)}` : ""}`;
  if (now === "failed") return message;
  if (now === "stopped" && share) return `stopped at ${Math.round(100 * share)} %`;
  return `${STATES[now]} · ${timeText(begun)}`;
}

function Progress({ render }) {
  const share = shareOf(render);
  const label = `Progress of ${render.name}`;
  return share === null ? html`<progress key="unknown" max="1" aria-label=${label} />` : html`<progress key="known" max="1" value=${share} aria-label=${label} />`;
}

function Render({ render }) {
  const { id, name, notes, state: now } = render;
  const active = now === "queued" || now === "working";
  const press = (what, word) => html`<button type="button" data-do=${what} onClick=${() => act(id, what)}>${word}</button>`;
  const load = (what, word, path) => html`<a class="button" data-do=${what} href=${`/api/renders/${id}/${path}`} download="">${word}</a>`;
  return html`<li data-id=${id} data-state=${now}>
    <p class="name">${name}</p>
    <p class="what quiet">${said(render)}</p>
    ${active && html`<${Progress} render=${render} />`}
    <ul class="notes quiet">${notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul>
    <div class="buttons" role="toolbar" aria-label=${name} ref=${rove}>
      ${active && press("cancel", "Cancel")}
      ${(now === "stopped" || now === "failed") && press("resume", "Continue")}
      ${now === "done" && load("video", "Download", "file")}
      ${now === "done" && load("track", "Track", "track")}
      ${now === "failed" && html`<a class="button" data-do="log" href=${`/api/renders/${id}/log`} target="_blank">Log</a>`}
      ${!active && html`<button type="button" data-do="remove" class="away" title="Delete this render" aria-label=${`Delete ${name}`} onClick=${() => act(id, "remove")}>×</button>`}
    </div>
  </li>`;
}

export const Renders = () => html`<ul id="renders">
  ${state.renders.map((render) => html`<${Render} key=${render.id} render=${render} />`)}
  ${!state.renders.length && html`<li class="quiet none">Nothing rendered yet</li>`}
</ul>`;
