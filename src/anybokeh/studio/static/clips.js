// Opening and closing clips.

import * as api from "./api.js";
import * as followed from "./followed.js";
import * as messages from "./messages.js";
import { newestOf, settled, takeOpened } from "./saving.js";
import { state, disparityNow, whenever } from "./state.js";
import { batch } from "./vendor/signals-core.js";

// milliseconds for which an exact map of depth is waited for, before a rough one has to do
const PATIENCE = 5000;
let patience = 0;

// Counts what was opened and closed, so that the last wish wins however late answers come.
let wishes = 0;
let wanted = null;

// what is followed has another nearness in other maps
whenever(disparityNow, followed.forget);

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
  if (wish !== wishes || (again && (state.clip?.id !== id || state.dragging))) return;
  const anew = state.clip?.id !== id;
  if (anew) messages.withdraw();
  clearTimeout(patience);
  patience = setTimeout(() => (state.late = true), PATIENCE);
  batch(() => {
    followed.forget();
    state.late = false;
    state.clip = answer;
    state.clock = { count: answer.frames, rate: answer.rate, times: answer.times };
    state.progress = answer.progress;
    state.frame = Math.min(Number(sessionStorage.getItem(`frame ${id}`) ?? 0), answer.frames - 1);
    state.source = "";
    state.speed = 0;
    state.dragging = false;
    takeOpened(id, answer, number, anew);
  });
  history.replaceState(null, "", `#${id}`);
  if (anew) for (const note of answer.project_notes ?? []) messages.note(note);
}

// A clip that is still on its way is not wanted any more.
export function forgo(id) {
  if (wanted === id) wishes += 1;
}

export function close() {
  wishes += 1;
  clearTimeout(patience);
  messages.withdraw();
  batch(() => {
    state.clip = null;
    state.document = null;
    state.progress = null;
    state.dragging = false;
    state.speed = 0;
  });
  history.replaceState(null, "", " ");
}

// Open what the studio has just taken: `taken` promises its {id}, or fails with a sentence.
export async function openNew(taken) {
  try {
    const { id } = await taken;
    state.clips = (await api.get("/api/studio")).clips;
    await open(id);
  } catch (error) {
    messages.problem(error.message);
  }
}
