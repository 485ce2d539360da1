// Playing a low-resolution film of a few seconds from the playhead on.

import * as api from "./api.js";
import * as messages from "./messages.js";
import * as track from "./track.js";
import { state, listen, tell, settled } from "./state.js";

const POLL = 150;
const play = document.getElementById("play");
const film = document.getElementById("film");
const working = document.getElementById("working");
let making = 0;
let begun = 0;

play.addEventListener("click", toggle);
listen((changes) => {
  if (changes.has("clip") || changes.has("frame")) making += 1;
  if (changes.has("clip") || changes.has("frame") || changes.has("playing")) show(false);
});

export function toggle() {
  if (!state.clip) return;
  if (state.playing || play.dataset.state === "making") {
    making += 1;
    state.playing = false;
    tell("playing");
  } else {
    start();
  }
}

async function start() {
  const number = (making += 1);
  show(true);
  try {
    await settled();
    const seconds = Number(document.getElementById("length").value);
    begun = track.timeOf(state.clock, state.frame);
    const name = (await api.send("POST", `/api/clips/${state.clip.id}/play`, { start: begun, seconds })).film;
    for (;;) {
      const told = await api.get(`/api/films/${name}`);
      if (number !== making) return;
      if (told.state === "done") break;
      if (told.state === "failed") throw new api.Refused(told.message);
      if (told.state === "stopped") return show(false);
      working.hidden = false;
      working.classList.remove("failed");
      working.textContent = `Making the preview ${told.total ? Math.round((100 * told.done) / told.total) : 0} %`;
      working.style.setProperty("--share", told.total ? told.done / told.total : 0);
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
    film.src = `/api/films/${name}/file`;
    await film.play();
    if (number !== making) return;
    state.playing = true;
    tell("playing");
    follow();
  } catch (error) {
    if (number === making) {
      show(false);
      messages.problem(error.message);
      tell("progress");
    }
  }
}

// The playhead runs along.
function follow() {
  if (!state.playing) return;
  const head = document.querySelector(".playhead");
  const frame = track.frameAt(state.clock, begun + film.currentTime);
  if (head) head.dispatchEvent(new CustomEvent("run", { detail: frame }));
  requestAnimationFrame(follow);
}

function show(busy) {
  play.dataset.state = state.playing ? "playing" : busy ? "making" : "";
  play.textContent = state.playing || busy ? "■" : "▶";
  play.setAttribute("aria-label", state.playing || busy ? "Stop the preview" : "Play a preview");
  if (!busy) tell("progress");
}
