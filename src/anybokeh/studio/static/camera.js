// Blur told as the aperture of a real lens.

// f-number of a lens that blurs as K does, by the thin lens. Disparity is taken to be proportional to 1 / distance,
// with the assumed subject standing at the disparity in focus. A point at infinity is blurred to a circle of
// diameter f^2 / (N (S - f)) on the sensor; it lies `focus` away in disparity, so its diameter in sensor widths is
// 2 K focus / 1024. The sensor's width is along the longer side of the picture; aspect is width over height.
export function fNumber(blur, focus, camera, aspect = 1) {
  const f = camera.focal_length;
  const distance = camera.subject_distance * 1000;
  if (!(blur > 0) || !(focus > 0.005) || distance <= f) return null;
  return (f * f * 1024 * Math.max(1, 1 / aspect)) / ((distance - f) * 2 * blur * focus * camera.sensor_width);
}

// The stops of real lenses.
export const STOPS = [1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.5, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9, 10, 11, 13, 14, 16, 18, 20, 22, 25, 29, 32, 36, 40, 45];

// Index of the stop next to an f-number; null is no blur.
export function stopOf(number) {
  const away = (stop) => Math.abs(Math.log(stop / (number ?? Infinity)));
  return number === null ? STOPS.length - 1 : STOPS.reduce((best, stop, index) => (away(stop) < away(STOPS[best]) ? index : best), 0);
}

// The inverse of `fNumber`: the blur of a lens at an f-number, at most what a track may hold.
export function blurOf(number, focus, camera, aspect = 1) {
  const at1 = fNumber(1, Math.max(focus, 0.01), camera, aspect);
  return at1 === null ? 16 : Math.min(512, at1 / number);
}

export function asAperture(number) {
  if (number === null) return "–";
  if (number >= 100) return "pinhole";
  return `f/${number < 10 ? number.toFixed(1) : number.toFixed(0)}`;
}

// Radius in pixels of the circle of confusion at full resolution.
export function radius(disparity, values, width) {
  return (values.blur * Math.max(0, Math.abs(disparity - values.focus) - values.range) * width) / 1024;
}
