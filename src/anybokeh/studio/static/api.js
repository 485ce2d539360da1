// Requests to the studio's own server; nothing else is ever asked.

export class Refused extends Error {
  constructor(sentence, status, state) {
    super(sentence);
    this.status = status;
    this.state = state;
  }
}

async function answer(response) {
  if (response.ok) return response;
  let sentence = `The studio answered with status ${response.status}.`;
  let state = null;
  try {
    const text = await response.text();
    try {
      ({ error: sentence, state = null } = JSON.parse(text));
    } catch {
      sentence = text || sentence;
    }
  } catch {
    // the connection broke off; the status says enough
  }
  throw new Refused(sentence, response.status, state);
}

async function request(path, options = {}) {
  try {
    return await answer(await fetch(path, { cache: "no-store", ...options }));
  } catch (error) {
    if (error instanceof Refused || error.name === "AbortError") throw error;
    throw new Refused("The studio does not answer; is it still running?", 0, null);
  }
}

export async function get(path, options) {
  return (await request(path, options)).json();
}

export async function send(method, path, values) {
  const options = { method, headers: { "content-type": "application/json" }, body: JSON.stringify(values ?? {}) };
  return (await request(path, options)).json();
}

export async function picture(path, options) {
  const response = await request(path, options);
  return response.status === 204 ? null : response.blob();
}

// Disparity of one frame: {width, height, values} with values from 0 to 65535, rows from the top.
export async function disparity(clip, frame) {
  const response = await request(`/api/clips/${clip}/disparity/${frame}`);
  const values = new Uint16Array(await response.arrayBuffer());
  return { width: Number(response.headers.get("x-width")), height: Number(response.headers.get("x-height")), values };
}

// Upload with progress; returns {done, cancel}.
export function upload(file, told) {
  const asked = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    asked.upload.addEventListener("progress", (event) => told(event.lengthComputable ? event.loaded / event.total : null));
    asked.addEventListener("load", () => {
      let values = {};
      try {
        values = JSON.parse(asked.responseText);
      } catch {
        values = { error: asked.responseText || `The studio answered with status ${asked.status}.` };
      }
      if (asked.status < 300) resolve(values);
      else reject(new Refused(values.error, asked.status, null));
    });
    asked.addEventListener("error", () => reject(new Refused(`${file.name}: the upload broke off; try again.`, 0, null)));
    asked.addEventListener("abort", () => reject(new Refused(`${file.name}: the upload was cancelled.`, 0, null)));
  });
  asked.open("POST", `/api/uploads?name=${encodeURIComponent(file.name)}`);
  asked.send(file);
  return { done, cancel: () => asked.abort() };
}
