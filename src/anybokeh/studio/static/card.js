// Drawing what the preview shows on this machine's own graphics card while something is dragged: with the shaders of the
// program, by plans that the studio makes. Where a card cannot, previews come from the studio.

import * as api from "./api.js";
import { openCard } from "./card_device.js";
import { opened } from "./packet.js";

// milliseconds for a picture: where it takes longer, the studio is as quick
export const limits = { slowest: 100 };

const MOST_ROOM = 4;
// pictures that may be slow, as the first ones are
const PATIENCE = 3;
// statuses of answers: what was asked for is not known, and, from there on, that the studio failed
const UNKNOWN = 422;
const FAULT = 500;
// outlines of what is nearer than that still serve: disparity, and the blur's ratio
const NEAR = { focus: 0.04, blur: 1.25, range: 0.02 };
const place = document.getElementById("card");
const stage = document.getElementById("stage");
// sizes of pictures, as previews are asked for: the next where one is too much for the card
const sizes = ["", "&small=1"];

let card = null;
let ready = null;
let why = "";
let room = 1;
// what is on the card: {of, size, id, width, height, outlined}; of, size: what it was asked with
let scene = null;
// what is on its way to the card: {of}
let loading = null;
// what cannot be drawn by a card
const refused = new Set();
// values that are to be drawn: {focus, blur, range}
let wanted = null;
// those that were asked for last, drawn or not, since what was drawn went out of date
let newest = null;
let drawing = false;
// the scene that outlines are on their way for
let outlining = null;
// how often what was drawn went out of date
let turns = 0;
let slow = 0;
let kernels = "";
// told when there is more, or less, than before
let changed = () => {};

// Open the card, once; the picture is asked for again by `again`, if given, when something has changed.
export function prepare(again = changed) {
  changed = again;
  ready ??= open();
  return ready;
}

async function open() {
  try {
    const found = await openCard(() => api.get("/api/shaders"), place.firstElementChild, giveUp);
    // it may be lost by now
    if (why) found.close();
    else card = found;
  } catch (error) {
    giveUp(error.message);
  }
}

function giveUp(reason) {
  if (why) return;
  why = reason || "it failed";
  console.info(`While something is dragged the studio draws, not this browser's graphics card: ${why}`);
  card?.close();
  card = scene = null;
  hide();
  changed();
}

// What an address of a preview tells: {of, values}, what the scene depends on, and what it is to be drawn with. version:
// changes with what a preview is made of.
export function parts(address, version) {
  const url = new URL(address, location.href);
  const values = {};
  for (const name of ["focus", "blur", "range"]) {
    values[name] = Number(url.searchParams.get(name));
    url.searchParams.delete(name);
  }
  url.searchParams.delete("small");
  url.searchParams.delete("scene");
  return { of: `${url.pathname.replace("/preview/", "/card/")}?${url.searchParams} ${version}`, values };
}

// Draw a picture that the card has the scene of; returns whether it does. load: whether the scene is to be fetched.
export function draws({ of, values }, load) {
  if (!card) return false;
  if (scene?.of !== of) {
    hide();
    if (load && loading?.of !== of && !refused.has(of)) fetchScene(of, values);
    return false;
  }
  wanted = newest = values;
  draw();
  return true;
}

async function fetchScene(of, values) {
  const own = (loading = { of });
  const isOver = () => loading !== own || !card;
  const [size] = sizes;
  scene = wanted = null;
  try {
    const [path] = of.split(" ");
    const data = await api.data(`${path}&${query(values)}${size}`);
    if (isOver()) return;
    if (!data) {
      refused.add(of);
      return;
    }
    const { header, arrays } = opened(data);
    if (header.kernels !== kernels) {
      const found = await kernelsOf(header.scene);
      if (!found || isOver()) return;
      // until all are there, there are none
      kernels = "";
      await card.attempt(() => card.give(opened(found).arrays));
      if (isOver()) return;
      kernels = header.kernels;
    }
    await card.attempt(() => card.give(arrays));
    if (isOver()) return;
    await card.run(header.unpacking);
    if (isOver()) return;
    lay(header);
    scene = { of, size, id: header.scene, width: header.width, height: header.height, outlined: values };
    changed();
  } catch (error) {
    if (!(error instanceof api.Refused)) failed(error, size);
    // an answer that was lost may come the next time that something is dragged
    else if (error.status !== 0) refused.add(of);
  } finally {
    if (loading === own) loading = null;
  }
}

// Null where the scene is not known any more, as others were opened since: it is fetched again at the next step.
async function kernelsOf(id) {
  try {
    return await api.data(`/api/card/${id}/kernels`);
  } catch (error) {
    if (error instanceof api.Refused && error.status === UNKNOWN) return null;
    throw error;
  }
}

const query = ({ focus, blur, range }) => new URLSearchParams({ focus, blur, range });

function lay({ left, top, across, down }) {
  const shares = { left, top, width: across, height: down };
  for (const [name, share] of Object.entries(shares)) place.firstElementChild.style[name] = `${100 * share}%`;
}

async function draw() {
  if (drawing) return;
  drawing = true;
  let own = null;
  try {
    while (wanted && scene) {
      own = scene;
      const [now, turn] = [wanted, turns];
      wanted = null;
      const plan = await api.get(`/api/card/${own.id}/plan?${query(now)}&room=${room}`);
      if (scene !== own) continue;
      const began = performance.now();
      const hasRoom = await card.run(plan);
      if (scene !== own || turn !== turns) continue;
      if (!hasRoom) {
        if (room >= MOST_ROOM) throw new Error("there is never enough room");
        room *= 2;
        wanted ??= now;
        continue;
      }
      const { size, width, height } = own;
      card.attempt(() => card.show(width, height)).catch((error) => failed(error, size));
      note(now, performance.now() - began);
      outline(own, now);
    }
  } catch (error) {
    if (scene === own || !(error instanceof api.Refused)) failed(error, own.size);
  } finally {
    drawing = false;
  }
  // what failed was of a former scene
  if (wanted && scene) draw();
}

function note(values, milliseconds) {
  place.classList.add("drawn");
  stage.dataset.card = query(values);
  stage.dataset.cardMilliseconds = String(Math.round(milliseconds));
  stage.dataset.cardPictures = String(Number(stage.dataset.cardPictures ?? 0) + 1);
  slow = milliseconds > limits.slowest ? slow + 1 : 0;
  if (slow > PATIENCE) smaller("it takes longer than the studio");
}

// Outlines of another focus serve for a while; then those that are right are fetched beside the drawing.
async function outline(own, now) {
  const last = own.outlined;
  const ratio = (now.blur + 1) / (last.blur + 1);
  const isNear = Math.abs(now.focus - last.focus) < NEAR.focus && Math.abs(now.range - last.range) < NEAR.range && Math.max(ratio, 1 / ratio) < NEAR.blur;
  if (isNear || scene !== own || outlining === own) return;
  outlining = own;
  try {
    const data = await api.data(`/api/card/${own.id}/outlines?${query(now)}`);
    if (scene !== own) return;
    await card.attempt(() => card.give(opened(data).arrays));
    if (scene !== own) return;
    own.outlined = now;
    if (!newest) return;
    wanted ??= newest;
    draw();
  } catch (error) {
    // those that are there have to do
    if (!(error instanceof api.Refused)) failed(error, own.size);
  } finally {
    if (outlining === own) outlining = null;
  }
}

// size: of the scene that it failed with
function failed(error, size) {
  // what was asked for is not known any more, or the studio does not answer: that is said elsewhere
  if (error instanceof api.Refused && error.status < FAULT) {
    scene = null;
    changed();
  } else if (size !== sizes[0]) {
    // nothing is left of it
  } else if (globalThis.GPUOutOfMemoryError && error instanceof GPUOutOfMemoryError) {
    smaller("it has too little memory");
  } else {
    giveUp(error.message);
  }
}

function smaller(reason) {
  if (!card) return;
  slow = 0;
  sizes.shift();
  if (!sizes.length) {
    giveUp(reason);
    return;
  }
  scene = loading = null;
  hide();
  card.empty();
  kernels = "";
  changed();
}

// Whether the card's picture is seen.
export const isShown = () => place.classList.contains("drawn");

// What was drawn is out of date, or the studio's picture is there.
export function hide() {
  turns += 1;
  wanted = newest = null;
  place.classList.remove("drawn");
}
