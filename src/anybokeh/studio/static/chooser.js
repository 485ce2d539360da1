// Choosing a clip or maps from the folders.

import * as api from "./api.js";
import { openNew } from "./clips.js";
import { fill, html } from "./html.js";
import * as messages from "./messages.js";
import { commit } from "./saving.js";
import { sizeText } from "./sizes.js";
import { state } from "./state.js";
import { signal } from "./vendor/signals-core.js";

const ICONS = {
  folder: "M2 5h5l2 2h9v9H2z",
  images: "M3 4h14v12H3z M3 13l4-4 4 4 3-3 3 3",
  clip: "M2 4h16v12H2z M8 7.5v5l4.5-2.5z",
  maps: "M3 4h14v12H3z M3 8h14 M3 12h14",
};
const dialog = document.getElementById("chooser");
// what is chosen: {title, kinds, done}
const wish = signal({ title: "Choose a clip", kinds: [], done: () => {} });
// the folder that is looked into, as the studio tells it; null at first
const folder = signal(null);

export const chooseClip = () => choose({ title: "Choose a clip", kinds: ["clip", "images"], done: ({ path }) => openNew(api.send("POST", "/api/clips", { path })) });

export const chooseMaps = () =>
  choose({
    title: "Choose disparity maps: a folder of images, an array or a video",
    kinds: ["maps", "clip", "images"],
    done: ({ path }) => commit({ ...state.document, disparity: path }),
  });

function choose(what) {
  wish.value = what;
  folder.value = null;
  dialog.showModal();
  look(null);
}

async function look(path) {
  try {
    folder.value = await api.get(path ? `/api/files?path=${encodeURIComponent(path)}` : "/api/files");
  } catch (error) {
    messages.problem(error.message);
  }
}

function take(entry) {
  dialog.close();
  wish.value.done(entry);
}

function Entry({ entry, focused }) {
  const { name, kind, path, bytes } = entry;
  return html`<li>
    <button type="button" ref=${focused ? (button) => button?.focus() : null} onClick=${() => (kind === "folder" ? look(path) : take(entry))}>
      <svg viewBox="0 0 20 20" aria-hidden="true"><path d=${ICONS[kind]} /></svg>
      <span>${name}</span>
      <span class="quiet">${bytes ? sizeText(bytes) : kind === "images" ? "images" : ""}</span>
    </button>
  </li>`;
}

function entries({ path, up, entries }) {
  const fit = entries.filter(({ kind }) => kind === "folder" || wish.value.kinds.includes(kind));
  return path === null ? fit : [{ name: "..", kind: "folder", path: up }, ...fit];
}

function Chooser() {
  const { title, kinds } = wish.value;
  const told = folder.value;
  const rows = told ? entries(told) : [];
  const isTop = (told?.path ?? null) === null;
  const none = isTop ? "No folder was chosen: start the studio with --folder FOLDER, or upload a clip." : "Nothing here that can be opened.";
  return html`
    <h2 id="chooser-title">${title}</h2>
    <p id="chooser-path" class="quiet">${told && (told.path ?? "The folders that were chosen at the start")}</p>
    <ul id="chooser-list">
      ${rows.map((entry, index) => html`<${Entry} key=${`${told.path} ${entry.name}`} entry=${entry} focused=${!index} />`)}
      ${told && rows.length === (isTop ? 0 : 1) && html`<li class="quiet none">${none}</li>`}
    </ul>
    <div class="buttons">
      <button id="chooser-this" type="button" hidden=${!(told?.images && kinds.includes("images"))} onClick=${() => take({ path: told.path })}>Open this folder of images</button>
      <span class="grow"></span>
      <button id="chooser-close" type="button" onClick=${() => dialog.close()}>Close</button>
    </div>
  `;
}

fill("#chooser", Chooser);
