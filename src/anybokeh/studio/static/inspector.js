// The settings on the right.

import * as camera from "./camera.js";
import { holding, isAutomatic, replaced, withValue } from "./decisions.js";
import * as depth from "./depth.js";
import { commit } from "./saving.js";
import { setFocus } from "./stage.js";
import { state, listen, tell, show, values, decisions, withDecisions, chosen } from "./state.js";
import { timecode } from "./timecode.js";
import * as timeline from "./timeline.js";
import * as track from "./track.js";

const $ = (id) => document.getElementById(id);
const SHAPES = [["disc", "Disc"], ["blades:5", "5 blades"], ["blades:6", "6 blades"], ["blades:7", "7 blades"], ["blades:8", "8 blades"], ["blades:9", "9 blades"]];

for (const [shape, name] of SHAPES) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", "radio");
  button.dataset.shape = shape;
  button.title = name;
  button.setAttribute("aria-label", name);
  button.innerHTML = `<svg viewBox="-12 -12 24 24" aria-hidden="true">${outline(shape)}</svg>`;
  button.addEventListener("click", () => setAperture({ shape }));
  $("shapes").append(button);
}

function outline(shape) {
  const blades = Number(shape.split(":")[1]);
  if (!blades) return '<circle r="9"/>';
  const corners = Array.from({ length: blades }, (_, corner) => {
    const angle = ((corner + 0.5) / blades) * 2 * Math.PI - Math.PI / 2;
    return `${(9.5 * Math.cos(angle)).toFixed(2)},${(9.5 * Math.sin(angle)).toFixed(2)}`;
  });
  return `<polygon points="${corners.join(" ")}"/>`;
}

// --- a lens by name sets all that it says, and every control can be moved afterwards

$("lens").addEventListener("change", () => {
  const name = $("lens").value;
  if (state.clip) commit({ ...state.document, lens: name || null, ...state.studio.lenses[name] });
});

function showLens() {
  const name = state.document.lens ?? "";
  const names = Object.keys(state.studio.lenses);
  if (!names.includes(name)) names.push(name);
  $("lens").replaceChildren(...names.map((one) => new Option(one || "Perfect", one)));
  $("lens").value = name;
}

// --- aperture texts: disc or blades:N, with ,rotation=DEG ,roundness=R ,rim=R ,onion=R ,dust=R

function readAperture(text) {
  const [shape, ...rest] = text.split(",");
  const settings = Object.fromEntries(rest.map((one) => one.split("=")).map(([name, value]) => [name, Number(value)]));
  return { shape, rotation: 0, roundness: 0, rim: 0, onion: 0, dust: 0, ...settings };
}

function writeAperture({ shape, rotation, roundness, rim, onion, dust }) {
  const parts = [shape];
  for (const [name, value] of Object.entries({ rotation, roundness, rim, onion, dust })) if (value) parts.push(`${name}=${value}`);
  return parts.join(",");
}

function withAperture(fields) {
  return { ...state.document, aperture: writeAperture({ ...readAperture(state.document.aperture), ...fields }) };
}

function setAperture(fields) {
  if (state.clip) commit(withAperture(fields));
}

// --- sliders: what moves is shown at once and kept when it is let go

function slider(id, make, text) {
  const input = $(id);
  const change = (keep) => {
    if (!state.clip || input.value === "" || !input.validity.valid) return;
    const made = make(Number(input.value));
    if (keep) commit(made);
    else show(made);
    if (text) $(`${id}-value`).textContent = text(Number(input.value));
  };
  input.addEventListener("input", () => change(false));
  input.addEventListener("change", () => change(true));
  // a slider that is back where it was says nothing when it is let go
  input.addEventListener("pointerup", () => setTimeout(() => state.dragging && commit(state.document)));
  return (value) => {
    if (document.activeElement !== input || input.type === "range") input.value = String(value);
    if (text) $(`${id}-value`).textContent = text(value);
  };
}

const now = () => holding(decisions(), state.clock, state.frame);
const withShared = (name) => (value) => withDecisions(withValue(decisions(), now(), name, value));
const aspect = () => state.clip.width / state.clip.height;
const blurOfStop = (stop) => camera.blurOf(camera.STOPS[stop], values().focus ?? 0.5, state.document.camera, aspect());
const fixed = (digits) => (value) => value.toFixed(digits);
const setFocusSlider = slider("focus", (focus) => withDecisions(replaced(decisions(), now(), { focus, ...(decisions().length === 1 ? { ease: "hold" } : {}) })), fixed(3));
const setRange = slider("range", withShared("range"), fixed(3));
const setBlur = slider("blur", withShared("blur"));
const setBlurNumber = slider("blur-number", withShared("blur"));
const setStop = slider("stop", (stop) => withShared("blur")(blurOfStop(stop)));
const setRotation = slider("rotation", (rotation) => withAperture({ rotation }), (value) => `${value}°`);
const setRoundness = slider("roundness", (roundness) => withAperture({ roundness }), fixed(2));
const setRim = slider("rim", (rim) => withAperture({ rim }), fixed(2));
const setOnion = slider("onion", (onion) => withAperture({ onion }), fixed(2));
const setDust = slider("dust", (dust) => withAperture({ dust }), fixed(2));
const setAnamorphic = slider("anamorphic", (anamorphic) => ({ ...state.document, anamorphic }), (value) => `${value.toFixed(2)}×`);
const setCatsEye = slider("cats-eye", (cats_eye) => ({ ...state.document, cats_eye }), fixed(2));
const setHighlights = slider("highlights", (strength) => ({ ...state.document, highlights: String(strength) }), (value) => (value ? `+${value}` : "off"));
const setCamera = Object.entries({ focal_length: "focal-length", sensor_width: "sensor-width", subject_distance: "subject-distance" }).map(([field, id]) => {
  const put = slider(id, (value) => ({ ...state.document, camera: { ...state.document.camera, [field]: value } }));
  return () => put(state.document.camera[field]);
});

listen((changes) => {
  document.querySelector(".inspector").inert = !state.clip;
  if (!state.clip) return;
  if (["clip", "frame", "document", "values", "progress"].some((one) => changes.has(one))) showValues();
  if (["clip", "frame", "document", "values", "map"].some((one) => changes.has(one))) showBlur();
  if (["clip", "document", "values", "click"].some((one) => changes.has(one))) showMode();
  if (["clip", "document", "frame"].some((one) => changes.has(one))) showDecision();
});

function showValues() {
  const now = values();
  setStop(camera.stopOf(camera.fNumber(now.blur, now.focus ?? 0.5, state.document.camera, aspect())));
  if (now.focus !== null) setFocusSlider(now.focus);
  setRange(now.range);
  setBlur(now.blur);
  setBlurNumber(Number(now.blur.toFixed(1)));
  const aperture = readAperture(state.document.aperture);
  setRotation(aperture.rotation);
  setRoundness(aperture.roundness);
  setRim(aperture.rim);
  setOnion(aperture.onion);
  setDust(aperture.dust);
  showLens();
  setAnamorphic(state.document.anamorphic);
  setCatsEye(state.document.cats_eye);
  setHighlights(Number(state.document.highlights.split(",")[0]));
  for (const put of setCamera) put();
  for (const button of $("shapes").children) {
    const on = button.dataset.shape === aperture.shape;
    button.setAttribute("aria-checked", String(on));
  }
  for (const row of document.querySelectorAll(".blades")) row.classList.toggle("off", aperture.shape === "disc");
  const all = decisions();
  const index = holding(all, state.clock, state.frame);
  const code = (decision) => timecode(state.clock, track.frameAt(state.clock, decision.time));
  const until = all[index + 1] ? ` to ${code(all[index + 1])}` : " on";
  $("applies").textContent = all.length === 1 ? "Changes apply to the whole clip" : `Changes apply from ${code(all[index])}${until}`;
  const spec = all[index].focus;
  $("following").textContent = track.isNumber(spec) ? "" : values().focus === null ? `Following ${said(spec)}…${far(spec)}` : `Follows ${said(spec)}${remarks(spec)}`;
}

function far(spec) {
  const going = state.progress?.following.find((one) => one.spec === spec);
  return going?.total ? ` ${Math.round((100 * going.done) / going.total)} %${going.left ? ` · ${going.left}` : ""}` : "";
}

function remarks(spec) {
  return (state.progress?.followed[spec] ?? []).map((note) => `. ${note}`).join("");
}

function said(spec) {
  if (spec === "subject" || spec === "auto") return "the subject";
  if (/^[\d.]+m$/.test(spec)) return `what stands ${spec.slice(0, -1)} m away`;
  if (spec.startsWith("subject:")) return `subject ${spec.split(":")[1]}`;
  return spec.startsWith("mask:") ? "a mask" : `the point clicked at ${timecode(state.clock, track.frameAt(state.clock, Number(spec.split("@")[1] ?? 0)))}`;
}

function showBlur() {
  const now = values();
  const map = depth.current();
  if (now.focus === null) {
    $("blur-pixels").textContent = $("f-number").textContent = "–";
    return;
  }
  let largest = Math.max(camera.radius(0, now, state.clip.width), camera.radius(1, now, state.clip.width));
  if (map) {
    largest = 0;
    for (let index = 0; index < map.values.length; index += 7) largest = Math.max(largest, camera.radius(map.values[index] / 65535, now, state.clip.width));
  }
  $("blur-pixels").textContent = `${largest.toFixed(1)} px`;
  const { focal_length, subject_distance } = state.document.camera;
  const aperture = camera.asAperture(camera.fNumber(now.blur, now.focus, state.document.camera, state.clip.width / state.clip.height));
  $("f-number").textContent = aperture;
  $("f-number").title = `equivalent to ${focal_length} mm at ${aperture}, subject ${subject_distance} m away`;
}

// --- what a click does, and the subject that is found by itself

for (const button of $("focus-mode").children) {
  button.addEventListener("click", () => {
    if (button.dataset.mode === "subject") {
      if (state.clip) setFocus("subject");
      return;
    }
    state.click = button.dataset.mode;
    tell("click");
  });
}

// What is lit follows from the decision that holds here, so that undo and the playhead move it.
function showMode() {
  const focus = decisions()[now()].focus;
  const lit = focus === "subject" || focus === "auto" ? "subject" : state.click;
  for (const button of $("focus-mode").children) button.setAttribute("aria-checked", String(button.dataset.mode === lit));
}

// --- the decision under the playhead

$("transition").addEventListener("change", () => {
  state.transition = Number($("transition").value);
  const index = chosen();
  if (index > 0) commit(withDecisions(replaced(decisions(), index, { lasts: state.transition })));
});

function showDecision() {
  const all = decisions();
  const index = chosen();
  const decision = all[index];
  $("keyframe").hidden = !decision;
  const lasts = decision && index > 0 ? decision.lasts : state.transition;
  const options = [...$("transition").options].map((one) => Number(one.value));
  $("transition").value = String(options.reduce((best, one) => (Math.abs(one - lasts) < Math.abs(best - lasts) ? one : best)));
  if (!decision) return;
  $("keyframe-time").textContent = timecode(state.clock, state.frame);
  $("delete-key").disabled = all.length === 1;
  $("automatic-key").disabled = isAutomatic(decision, all);
  for (const button of $("ease").children) button.setAttribute("aria-checked", String(button.dataset.ease === decision.ease));
}

for (const button of $("ease").children) button.addEventListener("click", () => timeline.setEase(button.dataset.ease));
$("delete-key").addEventListener("click", timeline.removeChosen);
$("automatic-key").addEventListener("click", () => commit(withDecisions(replaced(decisions(), chosen(), { focus: "subject" }))));
