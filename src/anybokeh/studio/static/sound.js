// The clip's sound while it plays at its own speed: pieces of a few seconds, each begun where the playhead is.

import { state, whenever } from "./state.js";
import { now } from "./transport.js";

const PIECE = 4;
let context = null;
let run = 0;
let sources = [];

whenever(
  () => state.speed === 1 && state.clip?.audio,
  (plays) => {
    run += 1;
    for (const source of sources) source.stop();
    sources = [];
    if (plays) begin(run);
  },
);

async function begin(number) {
  context ??= new AudioContext();
  // without a loudspeaker it never begins
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 300))]);
  const clip = state.clip;
  for (let start = now(); number === run; start += PIECE) {
    // the next piece is there a moment before it is heard
    while (number === run && start - now() > PIECE / 2) await new Promise((resolve) => setTimeout(resolve, 100));
    if (number !== run) return;
    const piece = await fetch(`/api/clips/${clip.id}/sound?start=${start.toFixed(4)}&seconds=${PIECE}`)
      .then((answer) => (answer.status === 200 ? answer.arrayBuffer() : null))
      .then((data) => data && context.decodeAudioData(data))
      .catch(() => null);
    if (!piece || number !== run) return;
    const source = new AudioBufferSourceNode(context, { buffer: piece });
    source.connect(context.destination);
    const late = now() - start;
    source.start(context.currentTime + Math.max(0, -late), Math.max(0, late));
    sources.push(source);
  }
}
