"""Is the blur as large as was asked for?

Where the circle of confusion is the same all around, a lens is a plain disc filter in linear light. So
patches of the input are blurred with discs of many radii, and the radius whose patch resembles the result
most is the radius that the renderer applied.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.evaluation.metrics.highlights import CLIPPED
from anybokeh.evaluation.metrics.luma import luma
from anybokeh.optics.aperture import Aperture, aperture_kernel, draw_aperture
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode

SCALES = (0.0, 0.25, 0.5, 0.65, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5)
"""Radii that are tried, as multiples of the one asked for."""
PATCH = 24
"""Side of a patch in pixels."""
LEAST_RADIUS = 2.0
"""Smaller discs, in pixels, cannot be distinguished reliably."""
UNIFORM = 0.08
"""How much the circle of confusion may vary around a patch, as a share of itself (and up to 0.25 pixels)."""
LEAST_CONTRAST = 0.004
"""Least difference (root mean square, linear light) between blurs of 0.8 and 1.2 times a patch's radius."""
_FRAMES, _PATCHES = 3, 24


@dataclass(frozen=True)
class Probe:
    """A patch that shows how large the blur is.

    Attributes:
        frame, top, left: where it lies.
        radius: the radius asked for in pixels.
        blurred: (len(SCALES), PATCH, PATCH) its linear luma, blurred by SCALES times the radius.
    """

    frame: int
    top: int
    left: int
    radius: float
    blurred: np.ndarray


def find_probes(
    aif: np.ndarray, coc: np.ndarray, transfer: str = "srgb", lens: Lens | None = None
) -> list[Probe]:
    """The most textured usable patches of three frames, at most 24 a frame.

    Usable is a patch out of focus, without clipped pixels, around which the circle of confusion varies by no
    more than 8 % as far as the discs reach, and which no disc of a nearer surface touches.

    Args:
        aif: (frames, 3, height, width) encoded with `transfer`.
        coc: (frames, height, width) signed circle of confusion in pixels.
        lens: shape of the discs; a cat's eye is not followed towards the corners.
    """
    aperture = draw_aperture(lens or Lens())
    chosen = np.unique(np.linspace(0, len(aif) - 1, min(_FRAMES, len(aif))).round().astype(int))
    found: list[Probe] = []
    for frame in chosen:
        light = luma(decode(aif[frame], transfer))
        clipped = aif[frame].max(axis=0) >= CLIPPED
        found += _probes_of_frame(int(frame), light, clipped, coc[frame], aperture)
    return found


def blur_radii(result: np.ndarray, probes: list[Probe], transfer: str = "srgb") -> np.ndarray:
    """The radius that each probe shows in the result, as a multiple of the one asked for: (probes,).

    The squared error over the tried radii is interpolated by a parabola around its least value.
    """
    found = []
    for probe in probes:
        rows, columns = slice(probe.top, probe.top + PATCH), slice(probe.left, probe.left + PATCH)
        light = luma(decode(result[probe.frame][:, rows, columns], transfer))
        found.append(_lowest(((probe.blurred - light) ** 2).mean((1, 2), dtype=np.float64)))
    return np.array(found)


def blur_error(result: np.ndarray, probes: list[Probe], transfer: str = "srgb") -> float:
    """Mean absolute error of the blur's radius in percent of what was asked for; NaN without probes."""
    return 100 * float(np.abs(blur_radii(result, probes, transfer) - 1).mean()) if probes else float("nan")


def _probes_of_frame(
    frame: int, light: np.ndarray, clipped: np.ndarray, coc: np.ndarray, aperture: Aperture
) -> list[Probe]:
    height, width = coc.shape
    widest = float(np.abs(coc).max()) + 1
    candidates: list[tuple[float, Probe]] = []
    for top in range(0, height - PATCH + 1, PATCH // 2):
        for left in range(0, width - PATCH + 1, PATCH // 2):
            signed = float(coc[top + PATCH // 2, left + PATCH // 2])
            radius = abs(signed)
            margin = int(np.ceil(SCALES[-1] * radius)) + 1
            box = top - margin, left - margin, top + PATCH + margin, left + PATCH + margin
            if radius < LEAST_RADIUS or min(box[:2]) < 0 or box[2] > height or box[3] > width:
                continue
            around = slice(box[0], box[2]), slice(box[1], box[3])
            tolerance = max(0.25, UNIFORM * radius)
            if np.ptp(coc[around]) > tolerance or clipped[around].any():
                continue
            if _disturbed(coc, top, left, tolerance, widest):
                continue
            blurred = np.stack([_disc(light[around], aperture, scale * signed, margin) for scale in SCALES])
            low, high = blurred[SCALES.index(0.8)], blurred[SCALES.index(1.2)]
            contrast = float(np.sqrt(((low - high) ** 2).mean()))
            if contrast >= LEAST_CONTRAST:
                candidates.append((contrast, Probe(frame, top, left, radius, blurred)))
    candidates.sort(key=lambda candidate: -candidate[0])
    return [probe for _, probe in candidates[:_PATCHES]]


def _disturbed(coc: np.ndarray, top: int, left: int, tolerance: float, widest: float) -> bool:
    """Whether the disc of a nearer surface touches the patch."""
    reach = int(np.ceil(widest))
    rows = slice(max(0, top - reach), top + PATCH + reach)
    columns = slice(max(0, left - reach), left + PATCH + reach)
    around = coc[rows, columns]
    y = np.arange(rows.start, rows.start + around.shape[0])
    x = np.arange(columns.start, columns.start + around.shape[1])
    away = np.hypot(
        np.maximum(np.maximum(top - y, y - (top + PATCH - 1)), 0)[:, None],
        np.maximum(np.maximum(left - x, x - (left + PATCH - 1)), 0)[None],
    )
    nearer = around > coc[top + PATCH // 2, left + PATCH // 2] + tolerance
    return bool((nearer & (np.abs(around) + 1 >= away)).any())


def _disc(light: np.ndarray, aperture: Aperture, radius: float, margin: int) -> np.ndarray:
    """The inner part of a patch, blurred by a disc that adds its variance of radius^2 / 4 along each axis.

    Averaging a disc over pixels adds 1/12; the disc drawn is that much smaller. A point behind the focal
    plane shows the aperture as it is, one in front (radius > 0) turned by 180 degrees.
    """
    if radius**2 > 1 / 3:
        kernel = aperture_kernel(aperture, float(np.sqrt(radius**2 - 1 / 3)))
        # cv2.filter2D correlates: what it is to spread must be turned
        light = cv2.filter2D(light, -1, kernel if radius > 0 else kernel[::-1, ::-1])
    return light[margin:-margin, margin:-margin]


def _lowest(errors: np.ndarray) -> float:
    """Where a parabola through the least of the errors and its neighbours is lowest."""
    index = int(errors.argmin())
    if index in (0, len(SCALES) - 1):
        return SCALES[index]
    x, y = np.array(SCALES[index - 1 : index + 2]), errors[index - 1 : index + 2]
    # Newton's form: slope from the left, curvature of the three.
    left = (y[1] - y[0]) / (x[1] - x[0])
    curvature = ((y[2] - y[1]) / (x[2] - x[1]) - left) / (x[2] - x[0])
    return float((x[0] + x[1]) / 2 - left / (2 * curvature)) if curvature > 0 else SCALES[index]
