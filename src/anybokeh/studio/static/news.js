// What the studio tells: how far jobs are, and what other pages have changed.

import { renew, close } from "./clips.js";
import { watch } from "./events.js";
import * as messages from "./messages.js";
import { isWaiting, reload } from "./saving.js";
import { state, whenever } from "./state.js";
import { batch, signal } from "./vendor/signals-core.js";

// what was told last
const newest = signal(null);
let taking = false;

const isBusy = () => isWaiting() || state.dragging;

export function watchNews() {
  whenever(() => newest.value && !isBusy(), takeNews);
  watch(told, gone, () => {
    state.reached = false;
  });
}

function told(status, clip) {
  announce(status);
  batch(() => {
    state.reached = true;
    state.renders = status.renders;
    state.clips = status.clips;
    state.depthNetwork = status.depth_network;
    if (clip && clip.id === state.clip?.id && status.progress) state.progress = status.progress;
    newest.value = status;
  });
}

// What another page has changed is shown once nothing is dragged here or on its way, and what was only estimated of the clip
// once it is known.
async function takeNews() {
  const seen = newest.value;
  if (taking || isBusy() || !seen || !state.clip) return;
  taking = true;
  try {
    if (seen.revision > state.revision && seen.clip === state.clip.id) await reload();
    if (state.clip?.exact === false && state.progress.exact && !isBusy()) await renew();
  } finally {
    taking = false;
  }
  if (seen !== newest.value) takeNews();
}

// It was taken off the list in another tab.
function gone(sentence, clip) {
  if (clip?.id !== state.clip?.id) return;
  messages.problem(sentence);
  close();
}

// Say what ended or failed since it was told last.
function announce({ renders, depth_network: { message } }) {
  for (const render of renders) {
    const before = state.renders.find((one) => one.id === render.id);
    if (!before || before.state === render.state) continue;
    if (render.state === "done") messages.note(`${render.name} is done.`);
    if (render.state === "failed") messages.problem(render.message);
  }
  if (message && message !== state.depthNetwork?.message) messages.problem(message);
}
