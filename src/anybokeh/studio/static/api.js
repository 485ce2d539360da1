// Requests to the studio's own server; nothing else is ever asked.

const PIECE = 16 * 2 ** 20;

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

// Bytes, or null where there is nothing to tell.
export async function data(path) {
  const response = await request(path);
  return response.status === 204 ? null : response.arrayBuffer();
}

// Disparity of one frame: {width, height, values} with values from 0 to 65535, rows from the top.
export async function disparity(clip, frame) {
  const response = await request(`/api/clips/${clip}/disparity/${frame}`);
  const values = new Uint16Array(await response.arrayBuffer());
  return { width: Number(response.headers.get("x-width")), height: Number(response.headers.get("x-height")), values };
}

// Upload in pieces, with progress; returns {done, cancel}. What broke off goes on by itself, or when the same file is
// given again, also after a reload of the page.
export function upload(file, told) {
  let going = null;
  let off = false;
  let cancel;
  const cancelled = new Promise((_, reject) => {
    cancel = () => {
      off = true;
      going?.abort(true).catch(() => {});
      reject(new Refused(`${file.name}: the upload was cancelled.`, 0, null));
    };
  });
  const sent = async () => {
    // most visits upload nothing
    await import("./vendor/tus.min.js");
    let clip = null;
    return new Promise((resolve, reject) => {
      going = new window.tus.Upload(file, {
        endpoint: new URL("/api/uploads", location.href).href,
        metadata: { filename: file.name },
        chunkSize: PIECE,
        retryDelays: [500, 1000, 2000, 4000, 8000, 16000],
        removeFingerprintOnSuccess: true,
        onProgress: (sent, total) => off || told(sent / total),
        onAfterResponse: (_, response) => {
          clip = response.getHeader("x-clip") ?? clip;
        },
        onSuccess: () => resolve({ id: clip }),
        onError: (error) => reject(refusal(error.originalResponse, file)),
      });
      const start = ([before]) => {
        // cancelled before it began
        if (off) return;
        if (before) going.resumeFromPreviousUpload(before);
        going.start();
      };
      going.findPreviousUploads().then(start).catch(reject);
    });
  };
  return { done: Promise.race([sent(), cancelled]), cancel };
}

function refusal(response, file) {
  const status = response?.getStatus() ?? 0;
  if (!status) return new Refused(`${file.name}: the upload broke off; choose the file again to go on.`, 0, null);
  try {
    return new Refused(JSON.parse(response.getBody()).error, status, null);
  } catch {
    return new Refused(response.getBody() || `The studio answered with status ${status}.`, status, null);
  }
}
