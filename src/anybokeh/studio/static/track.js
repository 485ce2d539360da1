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
// blurAt(frame) gives the blur where a keyframe gives the aperture; until it is known, blur is null beside f_number.
export function filled(keyframes, clock, blurAt = () => null) {
  const placed = keyframes.map((keyframe) => {
    const time = keyframe.time ?? timeOf(clock, keyframe.frame);
    return { ...keyframe, time };
  });
  placed.sort((a, b) => a.time - b.time);
  let last = { focus: placed.some(({ focus, distance }) => focus ?? distance) ? 0.5 : "auto", blur: 16, range: 0, ease: "linear" };
  return placed.map((keyframe) => {
    const { distance } = keyframe;
    const given = { ...last, ...keyframe, ...(distance === undefined ? {} : { focus: `${distance}m` }) };
    const { time, focus, range, ease } = given;
    const f_number = keyframe.blur === undefined ? given.f_number : undefined;
    const blur = f_number === undefined ? given.blur : rounded(blurAt(frameAt(clock, time)));
    const timed = typeof focus === "string" && focus.startsWith("point:") && !focus.includes("@");
    last = { time, focus: timed ? `${focus}@${short(time)}` : focus, blur, range, ease, ...(f_number === undefined ? {} : { f_number }) };
    return last;
  });
}

// Focus, blur and range at a frame. followed(spec, frame) gives the disparity of what is no number, or null. Where the
// aperture gives a blur that is not known yet, neither is focus.
export function valuesAt(keyframes, clock, frame, followed, blurAt) {
  const full = filled(keyframes, clock, blurAt);
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
  const isOpen = full.some((keyframe) => keyframe.f_number !== undefined);
  const blur = isOpen ? blurAt(Math.min(frame, clock.count - 1)) : blend(a.blur, b.blur);
  return {
    focus: blur === null ? null : blend(focusOf(a), weight > 0 ? focusOf(b) : null),
    blur: blur ?? 16,
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
  const { time, focus, blur, f_number, range, ease } = keyframe;
  return {
    time: short(time),
    focus: isNumber(focus) ? round(Math.max(0, Math.min(1, Number(focus))), 4) : focus,
    ...(blur === null ? { f_number } : { blur: rounded(Math.max(0, Math.min(512, blur))) }),
    range: round(Math.max(0, Math.min(1, range)), 4),
    ease,
  };
}

export function short(seconds) {
  return round(seconds, 4);
}

const rounded = (blur) => (blur === null ? null : round(blur, 2));

function round(value, digits) {
  return Number(value.toFixed(digits));
}
