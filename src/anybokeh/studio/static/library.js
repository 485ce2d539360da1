// The clips on the left: dropping, uploading, choosing from folders.

import * as api from "./api.js";
import { open, close, forgo } from "./clips.js";
import * as messages from "./messages.js";
import { commit, settled } from "./saving.js";
import { state, listen } from "./state.js";

const $ = (id) => document.getElementById(id);
const ICONS = {
  folder: "M2 5h5l2 2h9v9H2z",
  images: "M3 4h14v12H3z M3 13l4-4 4 4 3-3 3 3",
  clip: "M2 4h16v12H2z M8 7.5v5l4.5-2.5z",
  maps: "M3 4h14v12H3z M3 8h14 M3 12h14",
};
let choosing = null;

listen((changes) => {
  if (changes.has("clips") || changes.has("clip")) showClips();
});

function showClips() {
  const known = new Map([...$("clips").children].map((item) => [item.dataset.id, item]));
  const items = state.clips.map((clip) => {
    const item = known.get(clip.id) ?? makeItem(clip);
    item.classList.toggle("current", clip.id === state.clip?.id);
    item.querySelector("button").setAttribute("aria-current", String(clip.id === state.clip?.id));
    return item;
  });
  $("clips").replaceChildren(...items);
}

function makeItem(clip) {
  const item = document.createElement("li");
  item.dataset.id = clip.id;
  const button = document.createElement("button");
  button.type = "button";
  const picture = new Image();
  picture.alt = "";
  picture.src = `/api/clips/${clip.id}/poster`;
  picture.addEventListener("error", () => picture.removeAttribute("src"), { once: true });
  const name = document.createElement("span");
  name.textContent = clip.name;
  button.title = clip.name;
  button.append(picture, name);
  button.addEventListener("click", () => open(clip.id));
  const away = document.createElement("button");
  away.type = "button";
  away.className = "away";
  away.textContent = "×";
  away.title = clip.upload ? "Take off the list and delete the uploaded file; its project is kept" : "Take off the list; its project is kept";
  away.setAttribute("aria-label", `Take ${clip.name} off the list`);
  away.addEventListener("click", () => forget(clip));
  item.append(button, away);
  return item;
}

async function forget(clip) {
  state.clips = state.clips.filter((one) => one.id !== clip.id);
  if (state.clip?.id === clip.id) close();
  else forgo(clip.id);
  showClips();
  await settled();
  try {
    await api.send("DELETE", `/api/clips/${clip.id}`);
  } catch (error) {
    messages.problem(error.message);
  }
}

async function refresh() {
  state.clips = (await api.get("/api/studio")).clips;
  showClips();
}

// --- uploading

$("upload").addEventListener("click", () => $("upload-file").click());
$("upload-file").addEventListener("change", () => {
  const files = [...$("upload-file").files];
  $("upload-file").value = "";
  receiveAll(files);
});

let uploading = Promise.resolve();

// One after the other.
function receiveAll(files) {
  for (const file of files) uploading = uploading.then(() => receive(file));
}

async function receive(file) {
  const most = state.studio?.upload_bytes ?? Infinity;
  if (file.size > most) {
    messages.problem(`${file.name}: is larger than ${Math.round(most / 2 ** 20)} MB, the most that is uploaded; start the studio with --folder and choose the clip there.`);
    return;
  }
  $("uploading").hidden = false;
  const going = api.upload(file, (share) => {
    if (share === null) $("upload-progress").removeAttribute("value");
    else $("upload-progress").value = share;
  });
  $("upload-cancel").onclick = going.cancel;
  try {
    const { id } = await going.done;
    await refresh();
    await open(id);
  } catch (error) {
    messages.problem(error.message);
  }
  $("uploading").hidden = true;
}

let over = 0;
addEventListener("dragenter", (event) => {
  event.preventDefault();
  over += 1;
  $("drop").hidden = false;
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("dragleave", () => {
  over -= 1;
  if (over <= 0) $("drop").hidden = true;
});
addEventListener("drop", (event) => {
  event.preventDefault();
  over = 0;
  $("drop").hidden = true;
  receiveAll([...(event.dataTransfer?.files ?? [])]);
});

// --- choosing from the folders

$("choose").addEventListener("click", () => choose("Choose a clip", (entry) => openPath(entry.path), ["clip", "images"]));
$("disparity-choose").addEventListener("click", () =>
  choose("Choose disparity maps: a folder of images, an array or a video", (entry) => commit({ ...state.document, disparity: entry.path }), ["maps", "clip", "images"]),
);
$("chooser-close").addEventListener("click", () => $("chooser").close());

function choose(title, done, kinds) {
  choosing = { done, kinds };
  $("chooser-title").textContent = title;
  $("chooser").showModal();
  list(null);
}

async function openPath(path) {
  try {
    const { id } = await api.send("POST", "/api/clips", { path });
    await refresh();
    await open(id);
  } catch (error) {
    messages.problem(error.message);
  }
}

async function list(path) {
  let told;
  try {
    told = await api.get(path ? `/api/files?path=${encodeURIComponent(path)}` : "/api/files");
  } catch (error) {
    messages.problem(error.message);
    return;
  }
  $("chooser-path").textContent = told.path ?? "The folders that were chosen at the start";
  const rows = told.entries.filter((entry) => entry.kind === "folder" || choosing.kinds.includes(entry.kind)).map(row);
  if (told.path !== null) rows.unshift(row({ name: "..", kind: "folder", path: told.up }));
  if (!rows.length || (rows.length === 1 && told.path !== null)) {
    const none = document.createElement("li");
    none.className = "quiet none";
    none.textContent = told.path === null ? "No folder was chosen: start the studio with --folder FOLDER, or upload a clip." : "Nothing here that can be opened.";
    rows.push(none);
  }
  $("chooser-this").hidden = !(told.images && choosing.kinds.includes("images"));
  $("chooser-this").onclick = () => {
    $("chooser").close();
    choosing.done({ path: told.path });
  };
  $("chooser-list").replaceChildren(...rows);
  $("chooser-list").querySelector("button")?.focus();
}

function row(entry) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  const icon = document.createElement("template");
  icon.innerHTML = `<svg viewBox="0 0 20 20" aria-hidden="true"><path d="${ICONS[entry.kind]}"/></svg>`;
  const name = document.createElement("span");
  name.textContent = entry.name;
  const size = document.createElement("span");
  size.className = "quiet";
  size.textContent = entry.bytes ? sizeText(entry.bytes) : entry.kind === "images" ? "images" : "";
  button.append(icon.content, name, size);
  button.addEventListener("click", () => {
    if (entry.kind === "folder") {
      list(entry.path);
    } else {
      $("chooser").close();
      choosing.done(entry);
    }
  });
  item.append(button);
  return item;
}

export function sizeText(bytes) {
  const megabytes = bytes / 2 ** 20;
  return megabytes >= 1024 ? `${(megabytes / 1024).toFixed(1)} GB` : `${megabytes < 10 ? megabytes.toFixed(1) : megabytes.toFixed(0)} MB`;
}
