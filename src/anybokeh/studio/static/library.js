// The panel on the left: clips, what is uploaded, and renders.

import * as api from "./api.js";
import { chooseClip } from "./chooser.js";
import { open, close, forgo } from "./clips.js";
import { fill, html } from "./html.js";
import * as messages from "./messages.js";
import { receiveAll, Uploading } from "./receiving.js";
import { Renders } from "./renders.js";
import { rove } from "./roving.js";
import { settled } from "./saving.js";
import { state } from "./state.js";

async function forget(clip) {
  const place = state.clips.findIndex((one) => one.id === clip.id);
  state.clips = state.clips.filter((one) => one.id !== clip.id);
  if (state.clip?.id === clip.id) close();
  else forgo(clip.id);
  await settled();
  try {
    await api.send("DELETE", `/api/clips/${clip.id}`);
  } catch (error) {
    messages.problem(error.message);
    if (error.status !== 404 && !state.clips.some((one) => one.id === clip.id)) state.clips = state.clips.toSpliced(place, 0, clip);
  }
}

function Clip({ clip }) {
  const { id, name, upload } = clip;
  const isShown = id === state.clip?.id;
  const goes = upload ? "Take off the list and delete the uploaded file; its project is kept" : "Take off the list; its project is kept";
  return html`<li data-id=${id} class=${isShown ? "current" : ""}>
    <button type="button" title=${name} aria-current=${isShown} onClick=${() => open(id)}>
      <img alt="" src=${`/api/clips/${id}/poster`} onError=${(event) => event.currentTarget.removeAttribute("src")} />
      <span>${name}</span>
    </button>
    <button type="button" class="away" title=${goes} aria-label=${`Take ${name} off the list`} onClick=${() => forget(clip)}>×</button>
  </li>`;
}

function receiveChosen({ currentTarget }) {
  const files = [...currentTarget.files];
  currentTarget.value = "";
  receiveAll(files);
}

const Library = () => html`
  <h2>Clips</h2>
  <ul id="clips">${state.clips.map((clip) => html`<${Clip} key=${clip.id} clip=${clip} />`)}</ul>
  <div class="buttons" role="toolbar" aria-label="Open a clip" ref=${rove}>
    <button id="choose" type="button" onClick=${chooseClip}>Choose…</button>
    <button id="upload" type="button" onClick=${() => document.getElementById("upload-file").click()}>Upload…</button>
  </div>
  <input id="upload-file" type="file" accept="video/*,image/*,.mkv,.mxf,.mts,.ts,.vob,.exr" multiple hidden aria-label="Clips to upload" onChange=${receiveChosen} />
  <${Uploading} />
  <section class="library-foot">
    <h2>Renders</h2>
    <${Renders} />
  </section>
`;

fill(".library", Library);
