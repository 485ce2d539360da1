// What goes on in the studio, asked for again and again.

import * as api from "./api.js";
import { renew, close } from "./clips.js";
import * as messages from "./messages.js";
import { isWaiting, reload } from "./saving.js";
import { state } from "./state.js";
import { batch } from "./vendor/signals-core.js";

const BUSY = 400;
const IDLE = 1500;

export async function watch() {
  let wait = IDLE;
  const { clip } = state;
  try {
    const told = await api.get(`/api/status${clip ? `?clip=${clip.id}` : ""}`);
    const own = clip !== null && clip === state.clip && told.progress;
    announce(told);
    batch(() => {
      state.reached = true;
      state.renders = told.renders;
      state.clips = told.clips;
      state.depthNetwork = told.depth_network;
      if (own) state.progress = told.progress;
    });
    if (own && told.revision !== state.revision && !isWaiting()) await reload();
    if (own && told.progress.exact && clip === state.clip && clip.exact === false) await renew();
    if (isBusy(told, own)) wait = BUSY;
  } catch (error) {
    const gone = error.status === 422;
    if (!gone) state.reached = false;
    // it was taken off the list in another tab
    else if (clip && clip === state.clip) {
      messages.problem(error.message);
      close();
    }
  }
  setTimeout(watch, wait);
}

function isBusy({ renders, depth_network, progress }, own) {
  const follows = own && (progress.disparity.state === "working" || progress.following.length);
  return follows || depth_network.state === "working" || renders.some((one) => one.state === "working" || one.state === "queued");
}

// Say what ended or failed since it was told last.
function announce({ renders, depth_network }) {
  for (const render of renders) {
    const before = state.renders.find((one) => one.id === render.id);
    if (!before || before.state === render.state) continue;
    if (render.state === "done") messages.note(`${render.name} is done.`);
    if (render.state === "failed") messages.problem(render.message);
  }
  const { message } = depth_network;
  if (message && message !== state.depthNetwork?.message) messages.problem(message);
}
