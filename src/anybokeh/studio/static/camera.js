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

export function asAperture(number) {
  if (number === null) return "–";
  if (number >= 100) return "pinhole";
  return `f/${number < 10 ? number.toFixed(1) : number.toFixed(0)}`;
}

// Radius in pixels of the circle of confusion at full resolution.
export function radius(disparity, values, width) {
  return (values.blur * Math.max(0, Math.abs(disparity - values.focus) - values.range) * width) / 1024;
}
