// One stream from the studio that tells what goes on, whenever it changes; it is opened again when it breaks off.

import { state, whenever } from "./state.js";

const AGAIN = 1500;
// the studio says something every five seconds
const SILENCE = 15000;
let stream = null;
let of;
let again = 0;
let silent = 0;

// told(status), gone(sentence, clip) where the clip is open no more, lost() where the studio does not answer.
export function watch(told, gone, lost) {
  const open = () => {
    stream?.close();
    stream = null;
    clearTimeout(again);
    clearTimeout(silent);
    // browsers open few streams at once, and nobody looks
    if (document.hidden) return;
    const clip = state.clip;
    of = clip?.id;
    stream = new EventSource(`/api/events${clip ? `?clip=${clip.id}` : ""}`);
    const broken = () => {
      stream.close();
      clearTimeout(again);
      clearTimeout(silent);
      again = setTimeout(open, AGAIN);
      lost();
    };
    const heard = () => {
      clearTimeout(silent);
      silent = setTimeout(broken, SILENCE);
    };
    heard();
    stream.addEventListener("ping", heard);
    stream.addEventListener("status", (event) => {
      heard();
      told(JSON.parse(event.data), clip);
    });
    stream.addEventListener("gone", (event) => {
      stream.close();
      clearTimeout(silent);
      gone(event.data, clip);
    });
    stream.addEventListener("error", broken);
  };
  document.addEventListener("visibilitychange", open);
  open();
  whenever(
    () => state.clip?.id,
    (id) => {
      if (id !== of) open();
    },
  );
}
