// What is drawn over the picture: focus peaking, and the disparity view.

import * as camera from "./camera.js";
import * as depth from "./depth.js";
import { state, standingFrame, valuesAt, isPlaying } from "./state.js";
import { effect } from "./vendor/signals-core.js";

const canvas = document.getElementById("overlay");
const before = document.getElementById("before");
const SHARP = 1.0;
const FILL = 70;
const EDGE = 30;

// what is to be painted, or null
let scene = null;
let queued = false;

effect(() => {
  const map = depth.current();
  const wanted = state.clip && !isPlaying() && map && (state.view === "disparity" || state.peaking);
  const peaking = wanted && state.peaking ? { now: valuesAt(standingFrame()), colour: state.peakingColour, width: state.clip.width } : null;
  scene = wanted ? { map, view: state.view, peaking } : null;
  draw();
});
before.addEventListener("load", draw);

function draw() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => {
    queued = false;
    canvas.hidden = !scene;
    if (scene) paint(scene);
  });
}

function paint({ map, view, peaking }) {
  canvas.width = map.width;
  canvas.height = map.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const image = context.createImageData(map.width, map.height);
  if (view === "disparity") paintDisparity(map, image.data);
  if (peaking) paintPeaking(map, image.data, peaking, luma(context, map), view !== "disparity");
  context.putImageData(image, 0, 0);
}

function paintDisparity(map, data) {
  for (let index = 0, place = 0; index < map.values.length; index += 1, place += 4) {
    const grey = map.values[index] >> 8;
    data[place] = data[place + 1] = data[place + 2] = grey;
    data[place + 3] = 255;
  }
}

// Sharp is what is blurred by less than a pixel: lightly tinted, its edges in full colour.
function paintPeaking(map, data, { now, colour, width: full }, grey, transparent) {
  if (now.focus === null) return;
  const [red, green, blue] = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  const { width, height } = map;
  for (let y = 0, index = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, index += 1) {
      if (camera.radius(map.values[index] / 65535, now, full) >= SHARP) continue;
      const place = 4 * index;
      const right = x + 1 < width ? index + 1 : index;
      const below = y + 1 < height ? index + width : index;
      const edge = grey ? Math.abs(grey[right] - grey[index]) + Math.abs(grey[below] - grey[index]) : 0;
      const strength = edge > EDGE ? 255 : FILL;
      if (transparent) {
        data[place] = red;
        data[place + 1] = green;
        data[place + 2] = blue;
        data[place + 3] = strength;
      } else {
        const share = Math.max(strength, 150) / 255;
        data[place] += share * (red - data[place]);
        data[place + 1] += share * (green - data[place + 1]);
        data[place + 2] += share * (blue - data[place + 2]);
      }
    }
  }
}

function luma(context, map) {
  if (!before.complete || !before.naturalWidth) return null;
  context.drawImage(before, 0, 0, map.width, map.height);
  const { data } = context.getImageData(0, 0, map.width, map.height);
  context.clearRect(0, 0, map.width, map.height);
  const grey = new Uint8Array(map.width * map.height);
  for (let index = 0, place = 0; index < grey.length; index += 1, place += 4) {
    grey[index] = (data[place] * 77 + data[place + 1] * 150 + data[place + 2] * 29) >> 8;
  }
  return grey;
}
