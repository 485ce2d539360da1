// Focus as decisions: what is in focus from a moment on, until the next decision. A track holds them as keyframes: the one
// at the decision, and before it, where focus travels there, one that begins to rack from what was in focus until then.
//
// A decision is {time, focus, blur, range, ease, lasts, pull}: lasts is how many seconds the rack to it takes, 0 for none,
// and pull its ease. ease is the way on to the next decision, "hold" but for keyframes that were drawn by hand.

import * as track from "./track.js";

// The decisions of a track, in order of time; see `filled`.
export function decisionsOf(keyframes, clock, blurAt) {
  const full = track.filled(keyframes, clock, blurAt);
  const found = [];
  full.forEach((keyframe, index) => {
    const start = full[index - 1];
    const racks = index > 1 && isRackStart(full[index - 2], start);
    if (index < full.length - 1 && index > 0 && isRackStart(start, keyframe)) return;
    found.push({ ...keyframe, lasts: racks ? keyframe.time - start.time : 0, pull: racks ? start.ease : "smooth" });
  });
  return found;
}

function isRackStart(before, keyframe) {
  return before.ease === "hold" && keyframe.ease !== "hold" && ["focus", "blur", "range"].every((name) => before[name] === keyframe[name]);
}

// The keyframes of decisions; racks that are longer than there is time for are as long as there is.
export function keyframesOf(decisions, clock) {
  const frame = 1 / clock.rate;
  return decisions.flatMap(({ lasts, pull, ...own }, index) => {
    const before = decisions[index - 1];
    const room = before ? own.time - before.time - frame : 0;
    const racks = Math.min(lasts, room);
    if (!before || before.ease !== "hold" || racks < frame / 2) return [track.tidy(own)];
    const start = track.timeOf(clock, track.frameAt(clock, own.time - racks));
    return [track.tidy({ ...own, time: start, focus: before.focus, blur: before.blur, range: before.range, ease: pull }), track.tidy(own)];
  });
}

// Whether nobody has decided it: the first guess, and what follows the subject that was found.
export function isAutomatic(decision, decisions) {
  return decision.focus === "subject" || decision.focus === "auto" || (decisions.length === 1 && decision.ease !== "hold" && track.isNumber(decision.focus));
}

// Index of the decision that lies on a frame, or -1.
export function decisionAt(decisions, clock, frame) {
  return decisions.findIndex((one) => track.frameAt(clock, one.time) === frame);
}

// Index of the decision that holds at a frame, or to which focus travels there.
export function holding(decisions, clock, frame) {
  const time = track.timeOf(clock, frame) + 1e-4;
  const coming = decisions.findIndex((one) => one.time - one.lasts <= time && one.time >= time);
  return coming >= 0 ? coming : Math.max(0, decisions.findLastIndex((one) => one.time <= time));
}

// Decide at a frame on a focus. now: the values that hold there. lasts: seconds of the rack to it.
export function decide(decisions, clock, frame, focus, now, lasts) {
  const here = decisionAt(decisions, clock, frame);
  if (here >= 0) return replaced(decisions, here, { focus, ...(decisions.length === 1 ? { ease: "hold" } : {}) });
  // the first decision of all is about the whole clip
  if (decisions.length === 1 && isAutomatic(decisions[0], decisions)) return [{ ...decisions[0], focus, ease: "hold" }];
  const made = added(decisions, clock, frame, now, lasts);
  return replaced(made, decisionAt(made, clock, frame), { focus });
}

// Decisions with one more at a frame that changes nothing yet.
export function added(decisions, clock, frame, now, lasts) {
  if (decisionAt(decisions, clock, frame) >= 0) return decisions;
  const time = track.timeOf(clock, frame);
  const place = decisions.findLastIndex((one) => one.time <= time);
  const before = decisions[Math.max(0, place)];
  // between keyframes drawn by hand it lies on the way from one to the other
  const drawn = before.ease !== "hold" && !isAutomatic(before, decisions);
  const focus = track.isNumber(before.focus) && drawn ? now.focus : before.focus;
  const own = { time, focus, blur: now.blur, range: now.range, ease: drawn ? before.ease : "hold", lasts: drawn ? 0 : lasts, pull: "smooth" };
  const earlier = decisions.slice(0, place + 1).map((one, index) => (index === place && !drawn ? { ...one, ease: "hold" } : one));
  return [...earlier, own, ...decisions.slice(place + 1)];
}

// What is decided at a frame holds until the end: what was decided for later is gone.
export function locked(decisions, clock, frame) {
  const here = holding(decisions, clock, frame);
  return [...decisions.slice(0, here), { ...decisions[here], ease: "hold" }];
}

export function replaced(decisions, index, fields) {
  return decisions.map((one, place) => (place === index ? { ...one, ...fields } : one));
}

// Blur and range are the whole clip's until somebody sets them for a decision of its own.
export function withValue(decisions, index, name, value) {
  const constant = decisions.every((one) => one[name] === decisions[0][name]);
  return decisions.map((one, place) => (constant || place === index ? { ...one, [name]: value } : one));
}
