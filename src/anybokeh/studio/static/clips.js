// Opening and closing clips.

import * as api from "./api.js";
import * as followed from "./followed.js";
import * as messages from "./messages.js";
import { newestOf, settled, takeOpened } from "./saving.js";
import { state, tell } from "./state.js";

// Counts what was opened and closed, so that the last wish wins however late answers come.
let wishes = 0;
let wanted = null;

export function open(id) {
  wishes += 1;
  wanted = id;
  return bring(id);
}

// What was only estimated of the clip that is shown is known by now.
export function renew() {
  return bring(state.clip.id, true);
}

async function bring(id, again = false) {
  const wish = wishes;
  const number = newestOf(id);
  // changes that were made are kept first
  await settled();
  let answer;
  try {
    answer = await api.get(`/api/clips/${id}`);
  } catch (error) {
    if (wish === wishes) messages.problem(error.message);
    return;
  }
  if (wish !== wishes || (again && state.clip?.id !== id)) return;
  followed.forget();
  const anew = state.clip?.id !== id;
  state.openedAt = performance.now();
  state.clip = answer;
  state.clock = { count: answer.frames, rate: answer.rate, times: answer.times };
  state.progress = answer.progress;
  state.frame = Math.min(Number(sessionStorage.getItem(`frame ${id}`) ?? 0), answer.frames - 1);
  state.source = "";
  state.speed = 0;
  state.dragging = false;
  history.replaceState(null, "", `#${id}`);
  takeOpened(id, answer, number, anew);
  tell("clip", "frame", "playing");
}

// A clip that is still on its way is not wanted any more.
export function forgo(id) {
  if (wanted === id) wishes += 1;
}

export function close() {
  wishes += 1;
  state.clip = null;
  state.document = null;
  state.speed = 0;
  history.replaceState(null, "", " ");
  tell("clip", "playing");
}
