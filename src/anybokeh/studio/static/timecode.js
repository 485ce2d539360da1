// Time as SMPTE time code: hours, minutes, seconds and frames. At 29.97 and 59.94 frames a second some numbers are left
// out (drop frame, told by a semicolon), so that the code keeps up with the clock.

import * as track from "./track.js";

export function timecode(clock, frame) {
  const rate = Math.max(1, Math.round(clock.rate));
  // where frames are not evenly spaced, the code is that of the moment
  let number = clock.times ? Math.round(track.timeOf(clock, frame) * clock.rate) : frame;
  const drops = rate % 30 === 0 && Math.abs(clock.rate - (rate * 1000) / 1001) < 0.005;
  if (drops) {
    const left = rate / 15;
    const minute = 60 * rate - left;
    const ten = 10 * minute + left;
    const rest = number % ten;
    number += 9 * left * Math.floor(number / ten) + (rest > left ? left * Math.floor((rest - left) / minute) : 0);
  }
  const two = (value) => String(value).padStart(2, "0");
  const seconds = Math.floor(number / rate);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${parts}${drops ? ";" : ":"}${two(number % rate)}`;
}

// Minutes and seconds.
export function clockText(seconds, digits = 3) {
  const minutes = Math.floor((seconds + 1e-9) / 60);
  const rest = (seconds - 60 * minutes).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}
