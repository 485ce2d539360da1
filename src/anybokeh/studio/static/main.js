// Putting the page together.

import * as api from "./api.js";
import { open } from "./clips.js";
import * as messages from "./messages.js";
import { watchNews } from "./news.js";
import { applyTheme } from "./theme.js";
import "./header.js";
import "./library.js";
import "./tools.js";
import "./playback.js";
import "./inspector.js";
import "./preview.js";
import "./overlay.js";
import "./stage.js";
import "./compare.js";
import "./film.js";
import "./sound.js";
import "./keyboard.js";
import { state } from "./state.js";

async function begin() {
  applyTheme();
  try {
    state.studio = await api.get("/api/studio");
    state.clips = state.studio.clips;
    const wanted = location.hash.slice(1);
    const id = state.clips.find((clip) => clip.id === wanted)?.id ?? state.clips[0]?.id;
    if (id) await open(id);
  } catch (error) {
    messages.problem(error.message);
  }
  document.body.dataset.ready = "true";
  watchNews();
}

begin();
