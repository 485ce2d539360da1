// Files that are dropped or chosen: uploaded one after the other, each opened when it has arrived.

import * as api from "./api.js";
import { openNew } from "./clips.js";
import { html } from "./html.js";
import * as messages from "./messages.js";
import { state } from "./state.js";
import { signal } from "./vendor/signals-core.js";

// what is on its way: {share, cancel}, or null; the share is null while it is not known
const going = signal(null);
let uploading = Promise.resolve();

export function receiveAll(files) {
  for (const file of files) uploading = uploading.then(() => receive(file));
}

async function receive(file) {
  const most = state.studio?.upload_bytes ?? Infinity;
  if (file.size > most) {
    messages.problem(`${file.name}: is larger than ${Math.round(most / 2 ** 20)} MB, the most that is uploaded; start the studio with --folder and choose the clip there.`);
    return;
  }
  const { done, cancel } = api.upload(file, (share) => {
    going.value = { share, cancel };
  });
  going.value = { share: null, cancel };
  await openNew(done);
  going.value = null;
}

export function Uploading() {
  const { share = null, cancel } = going.value ?? {};
  return html`<div id="uploading" hidden=${!going.value}>
    <label for="upload-progress" class="quiet">Uploading</label>
    ${share === null ? html`<progress key="unknown" id="upload-progress" max="1" />` : html`<progress key="known" id="upload-progress" max="1" value=${share} />`}
    <button id="upload-cancel" type="button" onClick=${cancel}>Cancel</button>
  </div>`;
}

// --- dropping

let over = 0;
const hint = document.getElementById("drop");
addEventListener("dragenter", (event) => {
  event.preventDefault();
  over += 1;
  hint.hidden = false;
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("dragleave", () => {
  over -= 1;
  if (over <= 0) hint.hidden = true;
});
addEventListener("drop", (event) => {
  event.preventDefault();
  over = 0;
  hint.hidden = true;
  receiveAll([...(event.dataTransfer?.files ?? [])]);
});
