// Keyframes of a track file, and their values at any frame: what anybokeh.focus.keyframes does, for the page.
// A clip's clock is {count, rate, times}; times is null where frames are evenly spaced.

export const EASES = ["hold", "linear", "smooth"];
const SLACK = 5e-4;

export function timeOf(clock, frame) {
  return clock.times ? clock.times[Math.max(0, Math.min(clock.count - 1, frame))] : frame / clock.rate;
}

export function frameAt(clock, seconds) {
  if (!clock.times) return Math.max(0, Math.min(clock.count - 1, Math.round(seconds * clock.rate)));
  let low = 0;
  let high = clock.count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (clock.times[middle] < seconds) low = middle + 1;
    else high = middle;
  }
  return low > 0 && seconds - clock.times[low - 1] < clock.times[low] - seconds ? low - 1 : low;
}

export function durationOf(clock) {
  const last = timeOf(clock, clock.count - 1);
  return last + (clock.count > 1 ? last / (clock.count - 1) : 1 / clock.rate);
}

// Every keyframe with all its fields, in order of time; a point without a time is where it says at its keyframe.
export function filled(keyframes, clock) {
  const placed = keyframes.map((keyframe) => {
    const time = keyframe.time ?? timeOf(clock, keyframe.frame);
    return { ...keyframe, time };
  });
  placed.sort((a, b) => a.time - b.time);
  let last = { focus: 0.5, blur: 16, range: 0, ease: "linear" };
  return placed.map((keyframe) => {
    const { time, focus, blur, range, ease } = { ...last, ...keyframe };
    const timed = typeof focus === "string" && focus.startsWith("point:") && !focus.includes("@");
    last = { time, focus: timed ? `${focus}@${short(time)}` : focus, blur, range, ease };
    return last;
  });
}

// Focus, blur and range at a frame. followed(spec, frame) gives the disparity of what is no number, or null.
export function valuesAt(keyframes, clock, frame, followed) {
  const full = filled(keyframes, clock);
  const time = timeOf(clock, frame);
  let before = -1;
  while (before + 1 < full.length && full[before + 1].time <= time + SLACK) before += 1;
  const after = Math.min(before + 1, full.length - 1);
  before = Math.max(before, 0);
  const [a, b] = [full[before], full[after]];
  const span = b.time - a.time;
  const weight = eased(a.ease, span > 0 ? Math.max(0, Math.min(1, (time - a.time) / span)) : 0);
  const focusOf = (keyframe) => (isNumber(keyframe.focus) ? Number(keyframe.focus) : followed(keyframe.focus, frame));
  const blend = (start, end) => (weight > 0 ? (start === null || end === null ? null : start + weight * (end - start)) : start);
  return {
    focus: blend(focusOf(a), weight > 0 ? focusOf(b) : null),
    blur: blend(a.blur, b.blur),
    range: blend(a.range, b.range),
  };
}

export function eased(ease, weight) {
  if (ease === "hold") return 0;
  return ease === "smooth" ? weight * weight * (3 - 2 * weight) : weight;
}

export function isNumber(focus) {
  return typeof focus === "number" || (typeof focus === "string" && focus.trim() !== "" && !Number.isNaN(Number(focus)));
}

export function tidy(keyframe) {
  const { time, focus, blur, range, ease } = keyframe;
  return {
    time: short(time),
    focus: isNumber(focus) ? round(Math.max(0, Math.min(1, Number(focus))), 4) : focus,
    blur: round(Math.max(0, Math.min(512, blur)), 2),
    range: round(Math.max(0, Math.min(1, range)), 4),
    ease,
  };
}

export function short(seconds) {
  return round(seconds, 4);
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
