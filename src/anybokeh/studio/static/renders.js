// Full-quality renders: starting, watching, cancelling, downloading; and the command that does the same.

import * as api from "./api.js";
import * as messages from "./messages.js";
import { sizeText } from "./library.js";
import { failure, settled } from "./saving.js";
import { state, listen, tell } from "./state.js";

const $ = (id) => document.getElementById(id);
const NAMES = { h264: "H.264 (.mp4)", hevc: "HEVC (.mp4)", prores: "ProRes (.mov)", ffv1: "FFV1, lossless (.mkv)", vp9: "VP9 (.webm)", av1: "AV1 (.mp4)" };
const STATES = { queued: "waiting", working: "rendering", done: "done", stopped: "stopped", failed: "failed" };

listen((changes) => {
  if (changes.has("studio")) {
    $("codec").replaceChildren(...state.studio.codecs.map((codec) => new Option(NAMES[codec] ?? codec, codec)));
  }
  if (changes.has("renders") || changes.has("clip")) showRenders();
  if (changes.has("document") || changes.has("clip")) showPart();
});

function showPart() {
  if (!state.clip) return;
  const { first, last } = state.document;
  const whole = first === null && last === null;
  $("part").textContent = whole ? "The whole clip" : `Frames ${first ?? 0} to ${last ?? state.clock.count - 1}`;
  $("track-file").href = `/api/clips/${state.clip.id}/track`;
}

function settings() {
  return { codec: $("codec").value, crf: $("crf").value === "" ? null : Number($("crf").value) };
}

$("render").addEventListener("click", async () => {
  await settled();
  if (failure()) {
    messages.problem("Not rendered: the newest change is not saved, see above.");
    return;
  }
  $("render").disabled = true;
  try {
    const render = await api.send("POST", `/api/clips/${state.clip.id}/render`, settings());
    state.renders = [render, ...state.renders];
    tell("renders");
  } catch (error) {
    messages.problem(error.message);
  }
  $("render").disabled = false;
});

$("copy").addEventListener("click", async () => {
  await settled();
  try {
    const { codec, crf } = settings();
    const query = new URLSearchParams({ codec, ...(crf === null ? {} : { crf }) });
    const { command } = await api.get(`/api/clips/${state.clip.id}/command?${query}`);
    await copy(command);
    messages.note(`Copied: ${command}`);
  } catch (error) {
    messages.problem(error.message);
  }
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // pages that are not on this machine itself have no clipboard
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

function showRenders() {
  const known = new Map([...$("renders").children].map((item) => [item.dataset.id, item]));
  const items = state.renders.map((render) => {
    const item = known.get(render.id) ?? makeItem(render.id);
    fill(item, render);
    return item;
  });
  if (items.length) $("renders").replaceChildren(...items);
  else {
    const none = document.createElement("li");
    none.className = "quiet none";
    none.textContent = "Nothing rendered yet";
    $("renders").replaceChildren(none);
  }
  const own = state.renders.filter((render) => render.clip === state.clip?.id && render.state === "done");
  const options = [new Option("live preview", ""), ...own.map((render) => new Option(`render of ${timeText(render.begun)}`, render.id))];
  const select = $("source");
  if ([...select.options].map((one) => one.value).join() !== options.map((one) => one.value).join()) select.replaceChildren(...options);
  if (!options.some((one) => one.value === state.source)) state.source = "";
  select.value = state.source;
  select.parentElement.hidden = !own.length;
}

$("source").addEventListener("change", () => {
  state.source = $("source").value;
  tell("view");
});

function makeItem(id) {
  const item = document.createElement("li");
  item.dataset.id = id;
  item.innerHTML = `<p class="name"></p><p class="what quiet"></p><progress max="1"></progress><ul class="notes quiet"></ul><div class="buttons">
    <button type="button" data-do="cancel">Cancel</button><button type="button" data-do="resume">Continue</button>
    <a class="button primary" data-do="video" download>Download</a><a class="button" data-do="track" download>Track</a><a class="button" data-do="log" target="_blank">Log</a>
    <button type="button" data-do="remove" class="away" title="Delete this render">×</button></div>`;
  const act = (what) => async () => {
    try {
      if (what === "remove") {
        await api.send("DELETE", `/api/renders/${id}`);
        state.renders = state.renders.filter((one) => one.id !== id);
      } else {
        const now = await api.send("POST", `/api/renders/${id}`, { do: what });
        state.renders = state.renders.map((one) => (one.id === id ? now : one));
      }
      tell("renders");
    } catch (error) {
      messages.problem(error.message);
    }
  };
  for (const button of item.querySelectorAll("button")) button.addEventListener("click", act(button.dataset.do));
  return item;
}

function timeText(seconds) {
  return new Date(1000 * seconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function fill(item, render) {
  const active = render.state === "queued" || render.state === "working";
  item.dataset.state = render.state;
  item.querySelector(".name").textContent = render.name;
  const share = render.total ? render.done / render.total : null;
  let what = `${STATES[render.state]} · ${timeText(render.begun)}`;
  if (render.state === "working" && share !== null) what = `${render.step} · ${render.done} of ${render.total} frames${render.left ? ` · ${render.left}` : ""}`;
  else if (render.state === "working") what = render.step || "preparing";
  if (render.state === "done") what = `${render.done} frames in ${render.seconds.toFixed(0)} s${render.bytes ? ` · ${sizeText(render.bytes)}` : ""}`;
  if (render.state === "failed") what = render.message;
  if (render.state === "stopped" && share) what = `stopped at ${Math.round(100 * share)} %`;
  item.querySelector(".what").textContent = what;
  const notes = item.querySelector(".notes");
  if (notes.children.length !== render.notes.length) {
    notes.replaceChildren(...render.notes.map((note) => Object.assign(document.createElement("li"), { textContent: note })));
  }
  const bar = item.querySelector("progress");
  bar.hidden = !active;
  bar.setAttribute("aria-label", `Progress of ${render.name}`);
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
  const shown = { cancel: active, resume: render.state === "stopped" || render.state === "failed", video: render.state === "done", track: render.state === "done", log: render.state === "failed", remove: !active };
  for (const [name, on] of Object.entries(shown)) item.querySelector(`[data-do=${name}]`).hidden = !on;
  item.querySelector("[data-do=remove]").setAttribute("aria-label", `Delete ${render.name}`);
  item.querySelector("[data-do=video]").href = `/api/renders/${render.id}/file`;
  item.querySelector("[data-do=track]").href = `/api/renders/${render.id}/track`;
  item.querySelector("[data-do=log]").href = `/api/renders/${render.id}/log`;
}
