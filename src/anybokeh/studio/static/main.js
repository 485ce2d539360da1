// Putting the page together.

import * as api from "./api.js";
import * as messages from "./messages.js";
import * as timeline from "./timeline.js";
import * as track from "./track.js";
import "./preview.js";
import "./depth.js";
import "./overlay.js";
import "./stage.js";
import "./compare.js";
import "./inspector.js";
import "./library.js";
import "./renders.js";
import "./options.js";
import "./playback.js";
import { mark, setView } from "./keyboard.js";
import { state, listen, tell, open, reload, renew, seek, step, commit, isRough, close, doing } from "./state.js";

const $ = (id) => document.getElementById(id);
const BUSY = 400;
const IDLE = 1500;

listen((changes) => {
  if (changes.has("clip")) {
    const clip = state.clip;
    $("clip-name").textContent = clip?.name ?? "";
    document.title = clip ? `${clip.name} – anybokeh studio` : "anybokeh studio";
    $("clip-facts").textContent = clip ? `${clip.width}×${clip.height} · ${clip.images ? "images" : `${Number(clip.rate.toFixed(3))} fps`} · ${timeline.clockText(track.durationOf(state.clock), 1)}` : "";
    for (const button of document.querySelectorAll(".transport button, #views button")) button.disabled = !clip;
    for (const note of clip?.project_notes ?? []) messages.note(note);
  }
  if (changes.has("undo") || changes.has("clip")) {
    $("undo").disabled = !state.clip || !state.undo;
    $("redo").disabled = !state.clip || !state.redo;
  }
  if (changes.has("saving")) $("saved").textContent = state.waiting ? "saving…" : "saved";
  if (changes.has("frame") || changes.has("clip")) showTime();
  if (["disparity", "progress", "document", "clip"].some((one) => changes.has(one))) showDisparity();
});

function showTime() {
  if (!state.clip) return;
  $("time").textContent = `${timeline.clockText(track.timeOf(state.clock, state.frame))} · ${state.frame}`;
}

function showDisparity() {
  if (!state.clip || !state.progress) return;
  const select = $("disparity");
  const now = state.document.disparity;
  if (![...select.options].some((option) => option.value === now)) {
    select.append(new Option(now.split("/").at(-1), now));
  }
  select.value = now;
  const { disparity, notes } = state.progress;
  const said = { working: doing(disparity, "Looking through the clip"), failed: disparity.message, done: notes.join(". "), stopped: "" };
  $("disparity-note").textContent = said[disparity.state] ?? "";
}

// What fetches the depth network, where the clip is looked through without it.
function showDepthNetwork(network) {
  const working = network.state === "working";
  const share = network.total ? ` ${Math.floor((100 * network.done) / network.total)} %` : "";
  $("depth-network").hidden = network.there || !network.offered || state.document?.disparity !== "auto";
  $("fetch-depth").disabled = working;
  $("fetch-depth").textContent = working ? `Fetching ${network.title}${share}` : `Fetch ${network.title} (${network.size})`;
  if (network.message && network.message !== refused) messages.problem(network.message);
  refused = network.message;
}

// --- buttons

for (const button of document.querySelectorAll("#views button")) button.addEventListener("click", () => setView(button.dataset.view));
for (const group of document.querySelectorAll("[role=radiogroup]")) {
  group.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!by) return;
    const all = [...group.children];
    const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
    next.focus();
    next.click();
    event.preventDefault();
    event.stopPropagation();
  });
}
$("peaking").addEventListener("change", () => {
  state.peaking = $("peaking").checked;
  tell("peaking");
});
$("undo").addEventListener("click", () => step("undo"));
$("redo").addEventListener("click", () => step("redo"));
$("first").addEventListener("click", () => seek(0));
$("last").addEventListener("click", () => seek(state.clock.count - 1));
$("back").addEventListener("click", () => seek(state.frame - 1));
$("forward").addEventListener("click", () => seek(state.frame + 1));
$("add-key").addEventListener("click", timeline.add);
$("zoom-in").addEventListener("click", () => timeline.zoom(1.6));
$("zoom-out").addEventListener("click", () => timeline.zoom(1 / 1.6));
$("zoom-all").addEventListener("click", timeline.zoomAll);
$("mark-in").addEventListener("click", () => mark("first"));
$("mark-out").addEventListener("click", () => mark("last"));
$("mark-clear").addEventListener("click", () => commit({ ...state.document, first: null, last: null }));
$("help").addEventListener("click", () => $("keys").showModal());
$("keys-close").addEventListener("click", () => $("keys").close());
$("disparity").addEventListener("change", () => commit({ ...state.document, disparity: $("disparity").value }));
$("fetch-depth").addEventListener("click", async () => {
  try {
    showDepthNetwork(await api.send("POST", "/api/depth-network"));
  } catch (error) {
    messages.problem(error.message);
  }
});
$("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
  setTheme(dark === "dark" ? "light" : "dark");
});

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}

document.querySelector(".playhead").addEventListener("run", (event) => {
  const frame = event.detail;
  $("time").textContent = `${timeline.clockText(track.timeOf(state.clock, frame))} · ${frame}`;
});

// --- what goes on

let lost = false;
let refused = "";
let source = "";

async function watch() {
  let wait = IDLE;
  const clip = state.clip;
  try {
    const told = await api.get(`/api/status${clip ? `?clip=${clip.id}` : ""}`);
    lost = false;
    if (JSON.stringify(told.renders) !== JSON.stringify(state.renders)) {
      announce(told.renders);
      state.renders = told.renders;
      tell("renders");
    }
    if (JSON.stringify(told.clips) !== JSON.stringify(state.clips)) {
      state.clips = told.clips;
      tell("clips");
    }
    showDepthNetwork(told.depth_network);
    if (told.depth_network.state === "working") wait = BUSY;
    if (clip && clip === state.clip && told.progress) {
      state.progress = told.progress;
      if (told.revision !== state.revision && !state.waiting) await reload();
      if (told.progress.exact && clip === state.clip && clip.exact === false) await renew();
      const { of, state: known } = told.progress.disparity;
      const now = `${clip.id} ${of} ${known} ${isRough()}`;
      tell("progress", ...(now === source ? [] : ["source of disparity", "disparity"]));
      source = now;
      if (told.progress.disparity.state === "working" || told.progress.following.length) wait = BUSY;
    }
    if (told.renders.some((one) => one.state === "working" || one.state === "queued")) wait = BUSY;
  } catch (error) {
    const gone = error.status === 422;
    if (!lost && !(gone && clip !== state.clip)) messages.problem(error.message);
    // it was taken off the list in another tab
    if (gone && clip && clip === state.clip) close();
    lost = !gone;
  }
  setTimeout(watch, wait);
}

function announce(renders) {
  for (const render of renders) {
    const before = state.renders.find((one) => one.id === render.id);
    if (!before || before.state === render.state) continue;
    if (render.state === "done") messages.note(`${render.name} is done.`);
    if (render.state === "failed") messages.problem(render.message);
  }
}

async function begin() {
  const theme = localStorage.getItem("theme");
  if (theme) setTheme(theme);
  tell("clip", "view", "mode");
  try {
    state.studio = await api.get("/api/studio");
    state.clips = state.studio.clips;
    tell("studio", "clips", "renders");
    const wanted = location.hash.slice(1);
    const id = state.clips.find((clip) => clip.id === wanted)?.id ?? state.clips[0]?.id;
    if (id) await open(id);
  } catch (error) {
    messages.problem(error.message);
  }
  document.body.dataset.ready = "true";
  watch();
}

begin();
