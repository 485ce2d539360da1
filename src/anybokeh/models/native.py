"""Back to native resolution: the blur of the model with the clip's own detail.

The layered renderer draws the clip at native size, bit for bit where it is sharp. The model's picture and
that one, reduced to the model's size, differ by a correction without fine detail; it is enlarged and added to
the degree to which a pixel is blurred. So sharp pixels stay as they came, slightly blurred ones keep native
detail, strongly blurred ones show the model, and as the degree is continuous there is no seam.
"""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.models.working_size import WorkingSize, scaled
from anybokeh.optics.coc import signed_circle_of_confusion
from anybokeh.optics.light import decode, encode
from anybokeh.shot import Shot

_FULLY_BLURRED = 2.0
"""Radius in pixels of the working size from which on the model alone decides."""

_FINE_STEP, _COARSE_STEP = 1.25, 1.5
"""Between the radii for which reach is found, below and above full blur."""

_REFERENCE_WHITE = {"pq": 203 / 10000, "hlg": 0.265}
"""Linear light of reference white (ITU-R BT.2408), which the model sees as white."""


def to_display(frames: np.ndarray, transfer: str) -> np.ndarray:
    """Frames as the model knows them: sRGB in [0, 1], brighter than reference white is white."""
    if transfer in ("srgb", "bt709"):
        return frames
    light = decode(frames, transfer) / _REFERENCE_WHITE.get(transfer, 1.0)
    return encode(light, "srgb").astype(np.float32)


def from_display(frames: np.ndarray, transfer: str) -> np.ndarray:
    """The reverse of `to_display`, below reference white."""
    if transfer in ("srgb", "bt709"):
        return frames
    light = decode(np.clip(frames, 0, 1), "srgb") * _REFERENCE_WHITE.get(transfer, 1.0)
    return encode(light, transfer).astype(np.float32)


def share_of_model(coc: np.ndarray, reach: np.ndarray, pixel: float) -> np.ndarray:
    """How much the model decides.

    Args:
        coc: (height, width) signed circle of confusion in pixels, positive in front of the focal plane.
        reach: (height, width) coverage by the blur of what is in front of the focal plane, in [0, 1].
        pixel: pixels of the picture in one pixel of the working size.

    Returns:
        (height, width) in [0, 1]: 0 exactly where pixels are in focus and the reach is 0.
    """
    full = _FULLY_BLURRED * max(pixel, 1.0)
    return 1 - (1 - _degree(np.abs(coc), full)) * (1 - np.clip(reach, 0, 1) * _degree_in_front(coc, full))


def _degree(radius: np.ndarray, full: float) -> np.ndarray:
    """0 to 1 for radii up to `full`, with level ends."""
    share = np.clip(radius / full, 0, 1)
    return share * share * (3 - 2 * share)


def _degree_in_front(coc: np.ndarray, full: float) -> np.ndarray:
    """Greatest degree of the discs in front of the focal plane that a pixel may lie in; fades at rims."""
    found = np.zeros(coc.shape, np.float32)
    radius, largest = full / 8, float(coc.max())
    while radius <= largest:
        away = (coc < radius).astype(np.uint8)
        distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5)
        step = _FINE_STEP if radius < full else _COARSE_STEP
        fading = np.clip(2 - 2 * distance / (radius * step), 0, 1)
        np.maximum(found, fading * np.float32(_degree(np.array(radius), full)), out=found)
        radius *= step
    return found


def composite_native(
    native: np.ndarray, reach: np.ndarray, model: np.ndarray, shot: Shot, index: int, size: WorkingSize
) -> np.ndarray:
    """One frame at native size.

    Args:
        native: (3, height, width) from the layered renderer, in the shot's transfer function.
        reach: (height, width) see `share_of_model`.
        model: (3, working height, working width) in [0, 1], sRGB.
        shot: whose frame `index` it is.
        size: the working size.

    Returns:
        (3, height, width) float32 in the shot's transfer function.
    """
    height, width = native.shape[1:]
    lens = shot.focus[index], shot.blur[index], shot.display_width, shot.range[index]
    coc = signed_circle_of_confusion(shot.disparity[index], *lens)
    share = share_of_model(coc, reach, height / size.height)
    display = to_display(native, shot.transfer)
    correction = scaled(model - scaled(display, size.height, size.width), height, width)
    corrected = np.clip(display + share * correction, 0, 1)
    if shot.transfer in ("srgb", "bt709"):
        result = corrected
    else:
        result = native + from_display(corrected, shot.transfer) - from_display(display, shot.transfer)
    return np.where(share > 0, result, native)
