"""Values of a map that are in doubt, taken from surer pixels around that look alike."""

from __future__ import annotations

from functools import cache

import numpy as np

from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

REACH, STEP = 3, 2
"""Samples to each side, and pixels from one to the next."""
SURE = 0.8
"""Confidence from which a value is left as it is."""
COLOUR = 10.0
"""Colour difference in 8-bit levels a channel that tells two surfaces apart."""
_COLOUR_STEP = 16
_LEAST = 1e-6


def filled(disparity: np.ndarray, confidence: np.ndarray, picture: np.ndarray, crew: Crew) -> np.ndarray:
    """A map whose doubtful values are means of those around, weighed by confidence, colour and distance.

    Args:
        disparity: (height, width) float32.
        confidence: (height, width) float32 in [0, 1].
        picture: (height, width, 3) uint8.
        crew: threads to use; the result does not depend on their number.

    Returns:
        (height, width) float32; the same values where confidence is SURE or more.
    """
    result = disparity.copy()
    crew.run(_fill, disparity, confidence, picture, *_weights(), result)
    return result


@cache
def _weights() -> tuple[np.ndarray, np.ndarray]:
    """How samples count by their squared colour difference, in steps, and by their place, (taps, taps)."""
    squared = np.arange(3 * 255**2 // _COLOUR_STEP + 1) * _COLOUR_STEP
    along = np.arange(-REACH, REACH + 1)
    near = 1 / (1 + np.add.outer(along**2, along**2))
    return np.exp(-squared / (2 * 3 * COLOUR**2)).astype(np.float32), near.astype(np.float32)


@kernel()
def _fill(thread, threads, disparity, confidence, picture, likeness, near, result):
    height, width = disparity.shape
    for y in range(thread, height, threads):
        for x in range(width):
            own = confidence[y, x]
            if own >= SURE:
                continue
            red, green, blue = (
                np.int32(picture[y, x, 0]),
                np.int32(picture[y, x, 1]),
                np.int32(picture[y, x, 2]),
            )
            # in doubt everywhere, the value stays
            weights = own + np.float32(_LEAST)
            total = weights * disparity[y, x]
            for down in range(-REACH, REACH + 1):
                j = y + STEP * down
                if j < 0 or j >= height:
                    continue
                for right in range(-REACH, REACH + 1):
                    i = x + STEP * right
                    if i < 0 or i >= width:
                        continue
                    off = (
                        (picture[j, i, 0] - red) ** 2
                        + (picture[j, i, 1] - green) ** 2
                        + (picture[j, i, 2] - blue) ** 2
                    )
                    weight = likeness[off // _COLOUR_STEP] * near[down + REACH, right + REACH]
                    weight *= confidence[j, i] * confidence[j, i]
                    total += weight * disparity[j, i]
                    weights += weight
            result[y, x] = total / weights
