// Keeping changes. Everything that undo brings back is the document; the server keeps it under a revision, so that two
// pages cannot overwrite each other. A change that the server has not taken stays here and is sent again until it has.

import * as api from "./api.js";
import * as messages from "./messages.js";
import { state } from "./state.js";
import { batch, signal } from "./vendor/signals-core.js";

const AGAIN = 1500;
let sending = Promise.resolve();
const waiting = signal(0);
// all by a clip's id: the number of its newest change; what the server told last; the change that it has not taken;
// and why it has not
const newest = new Map();
const told = new Map();
const unsaved = new Map();
const failures = signal(new Map());

const storeOf = (id) => `unsaved ${id}`;

// "saved", "saving", or "failed" where a change was not taken.
export function saving() {
  if (failures.value.size) return "failed";
  return waiting.value ? "saving" : "saved";
}

// Why the newest change of the clip that is shown, or of another one, was not taken; null where all are.
export function failure() {
  return failures.value.get(state.clip?.id) ?? [...failures.value.values()][0] ?? null;
}

export const isWaiting = () => saving() !== "saved";

// Keep a change: one step of undo. What was changed again before it was sent is not sent. A change is kept even if
// another clip is shown by then, or the same one was opened anew.
export function commit(document) {
  if (!state.clip) return sending;
  const { id } = state.clip;
  messages.withdraw();
  const number = (newest.get(id) ?? 0) + 1;
  newest.set(id, number);
  unsaved.set(id, document);
  batch(() => {
    state.document = document;
    state.dragging = false;
  });
  return inTurn(async () => {
    if (number === newest.get(id)) await put(id, number);
  });
}

export function step(which) {
  if (!state.clip) return;
  const { id } = state.clip;
  messages.withdraw();
  // the last change is the one that the server has not taken
  if (failures.value.has(id)) {
    if (which === "undo") takeBack();
    return;
  }
  const number = newest.get(id);
  inTurn(async () => {
    try {
      take(id, await api.send("POST", `/api/clips/${id}/${which}`, { revision: told.get(id)?.revision }), number);
    } catch (error) {
      if (error.state) conflict(id, error);
      else messages.problem(error.message);
    }
  });
}

export function settled() {
  return sending;
}

// Give up changes that the server does not take: what it has is shown again.
export function takeBack() {
  for (const id of failures.value.keys()) {
    forget(id);
    if (state.clip?.id === id) state.document = told.get(id).document;
  }
  return reload();
}

function inTurn(work) {
  waiting.value += 1;
  const turn = async () => {
    try {
      await work();
    } finally {
      waiting.value -= 1;
    }
  };
  sending = sending.catch(() => {}).then(turn);
  return sending;
}

async function put(id, number) {
  const document = unsaved.get(id);
  // taken meanwhile
  if (!document) return;
  const base = told.get(id)?.revision;
  try {
    const answer = await api.send("PUT", `/api/clips/${id}`, { revision: base, document });
    if (number === newest.get(id)) forget(id);
    take(id, answer, number);
  } catch (error) {
    if (error.state) {
      conflict(id, error, document);
      return;
    }
    failures.value = new Map(failures.value).set(id, error.message);
    setTimeout(() => again(id), AGAIN);
    try {
      sessionStorage.setItem(storeOf(id), JSON.stringify({ revision: base, document }));
    } catch {
      // the store is full; the change outlives this page only once it is sent
    }
  }
}

let trying = new Set();

function again(id) {
  if (!failures.value.has(id) || trying.has(id)) return;
  trying.add(id);
  const turn = async () => {
    trying.delete(id);
    if (failures.value.has(id)) await put(id, newest.get(id));
  };
  sending = sending.catch(() => {}).then(turn);
}

function forget(id) {
  unsaved.delete(id);
  failures.value = new Map([...failures.value].filter(([one]) => one !== id));
  sessionStorage.removeItem(storeOf(id));
}

// Another page was faster; what has been changed here meanwhile is not made. An answer that got lost is no conflict.
function conflict(id, error, document = null) {
  if (!document || !same(document, error.state.document)) messages.problem(error.message);
  messages.withdraw();
  const last = (newest.get(id) ?? 0) + 1;
  newest.set(id, last);
  forget(id);
  told.delete(id);
  take(id, error.state, last);
}

function same(one, other) {
  const sorted = (values) => JSON.stringify(values, (_, value) => (value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value));
  return sorted(one) === sorted(other);
}

// Take over what the server told of a clip after the change of this number, if the clip is shown.
function take(id, answer, number) {
  // asked for before a change that was kept meanwhile
  if (answer.revision < told.get(id)?.revision) return;
  told.set(id, answer);
  if (state.clip?.id !== id) return;
  batch(() => {
    state.revision = answer.revision;
    state.undo = answer.undo;
    state.redo = answer.redo;
    // a change that was made meanwhile is shown until it is kept too
    if (number === newest.get(id) && !unsaved.has(id) && !state.dragging) state.document = answer.document;
  });
}

// Take over what another page has changed.
export async function reload() {
  if (!state.clip) return;
  const { id } = state.clip;
  const number = newest.get(id);
  try {
    const answer = await api.get(`/api/clips/${id}`);
    // what is changed here meanwhile was made of what is shown: its revision stays until the server has answered it
    if (unsaved.has(id) || (state.clip?.id === id && state.dragging)) return;
    messages.withdraw();
    take(id, answer, number);
  } catch (error) {
    messages.problem(error.message);
  }
}

// The number of the newest change of a clip, for `takeOpened`.
export const newestOf = (id) => newest.get(id);

// A clip was opened: what the server told of it, with what it has not taken yet, also from before a reload of the page.
export function takeOpened(id, answer, number, anew) {
  if (anew) {
    told.delete(id);
    state.document = unsaved.get(id) ?? answer.document;
  }
  take(id, answer, number);
  const left = unsaved.has(id) ? null : JSON.parse(sessionStorage.getItem(storeOf(id)) ?? "null");
  sessionStorage.removeItem(storeOf(id));
  if (left && left.revision === answer.revision) commit(left.document);
  else if (left && !same(left.document, answer.document)) messages.problem("A change from before was not saved; another tab has changed this clip since.");
}
