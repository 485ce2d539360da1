// Putting the page together.

import * as api from "./api.js";
import { open, renew, close } from "./clips.js";
import { watch } from "./events.js";
import * as messages from "./messages.js";
import { commit, failure, isWaiting, reload, saving, step, takeBack } from "./saving.js";
import * as timeline from "./timeline.js";
import { timecode } from "./timecode.js";
import * as track from "./track.js";
import * as transport from "./transport.js";
import "./preview.js";
import "./depth.js";
import "./overlay.js";
import "./stage.js";
import "./compare.js";
import "./inspector.js";
import "./library.js";
import "./renders.js";
import "./options.js";
import "./film.js";
import "./sound.js";
import { fullScreen, mark, setView } from "./keyboard.js";
import { PATIENCE, state, listen, tell, seek, isPlaying, isRough, doing } from "./state.js";

const $ = (id) => document.getElementById(id);

listen((changes) => {
  if (changes.has("clip")) {
    const clip = state.clip;
    $("clip-name").textContent = clip?.name ?? "";
    document.title = clip ? `${clip.name} – anybokeh studio` : "anybokeh studio";
    $("clip-facts").textContent = clip ? `${clip.width}×${clip.height} · ${clip.images ? "images" : `${Number(clip.rate.toFixed(3))} fps`} · ${timeline.clockText(track.durationOf(state.clock), 1)}` : "";
    $("sound").hidden = !clip?.audio;
    for (const button of document.querySelectorAll(".transport button, #views button")) button.disabled = !clip;
    for (const note of clip?.project_notes ?? []) messages.note(note);
  }
  if (changes.has("undo") || changes.has("clip")) {
    $("undo").disabled = !state.clip || !state.undo;
    $("redo").disabled = !state.clip || !state.redo;
  }
  if (changes.has("saving")) {
    showSaving();
    takeNews();
  }
  if (changes.has("clip")) setTimeout(tellProgress, PATIENCE + 100);
  if (newest && ["clip", "document"].some((one) => changes.has(one))) showDepthNetwork(newest.depth_network);
  if (["frame", "clip", "playhead"].some((one) => changes.has(one))) showTime();
  if (changes.has("playing")) showPlaying();
  if (["disparity", "progress", "document", "clip"].some((one) => changes.has(one))) showDisparity();
});

function showTime() {
  if (!state.clip) return;
  $("time").textContent = `${timecode(state.clock, state.frame)} · ${state.frame}`;
  $("time").title = `${track.timeOf(state.clock, state.frame).toFixed(3)} s, frame ${state.frame}`;
}

function showPlaying() {
  const name = isPlaying() ? "Pause" : "Play";
  $("play").setAttribute("aria-label", name);
  $("play").querySelector("use").setAttribute("href", `/static/icons.svg#${name.toLowerCase()}`);
  $("speed").textContent = isPlaying() && state.speed !== 1 ? `${state.speed}×` : "";
}

// What is not saved is said until it is.
function showSaving() {
  const why = failure();
  const words = { saved: "saved", saving: "saving…", failed: "not saved" };
  $("saved").textContent = !state.reached && saving() === "saved" ? "not connected" : words[saving()];
  $("banner").hidden = !why && state.reached;
  $("banner-text").textContent = why ? `Not saved: ${why} Your changes are kept in this page and sent again.` : "The studio does not answer. It is asked again and again.";
  $("banner-back").hidden = !why || !state.reached;
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
  const said = { working: doing(disparity, "Looking through the clip"), failed: disparity.message, stopped: "" };
  const [first = "", ...more] = disparity.state === "done" ? notes : [said[disparity.state] ?? ""];
  $("disparity-note").textContent = first;
  $("disparity-notes").hidden = !first;
  $("disparity-notes").classList.toggle("single", !more.length);
  $("disparity-notes").querySelector("p").textContent = more.join(". ");
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
$("play").addEventListener("click", transport.toggle);
$("full").addEventListener("click", fullScreen);
$("banner-back").addEventListener("click", takeBack);
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

// --- what goes on

let refused = "";
let source = "";

let newest = null;
let taking = false;

function told(status, clip) {
  reached(true);
  if (JSON.stringify(status.renders) !== JSON.stringify(state.renders)) {
    announce(status.renders);
    state.renders = status.renders;
    tell("renders");
  }
  if (JSON.stringify(status.clips) !== JSON.stringify(state.clips)) {
    state.clips = status.clips;
    tell("clips");
  }
  newest = status;
  showDepthNetwork(status.depth_network);
  if (!clip || clip.id !== state.clip?.id || !status.progress) return;
  state.progress = status.progress;
  takeNews();
  tellProgress();
}

function tellProgress() {
  if (!state.clip || !state.progress) return;
  const { of, state: known } = state.progress.disparity;
  const now = `${state.clip.id} ${of} ${known} ${isRough()}`;
  tell("progress", ...(now === source ? [] : ["source of disparity", "disparity"]));
  source = now;
}

// What another page has changed is shown once nothing of this one is on its way, and what was only estimated of the clip
// once it is known.
async function takeNews() {
  if (taking || !newest || !state.clip) return;
  taking = true;
  const seen = newest;
  if (seen.revision > state.revision && seen.clip === state.clip.id && !isWaiting()) await reload();
  if (state.clip?.exact === false && state.progress.exact) await renew();
  taking = false;
  if (seen !== newest) takeNews();
}

// It was taken off the list in another tab.
function gone(sentence, clip) {
  if (clip?.id !== state.clip?.id) return;
  messages.problem(sentence);
  close();
}

function reached(now) {
  if (now === state.reached) return;
  state.reached = now;
  tell("saving");
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
  watch(told, gone, () => reached(false));
}

begin();
