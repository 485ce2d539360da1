"""Does what is in focus stay as it came?"""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.evaluation.metrics.reach import reached

SHARP = 0.5
"""Radius of the circle of confusion in pixels below which a pixel is in focus."""
OUTLINE = 3
OUTLINE_STEP = 2.0
"""Pixels so near to an outline, a step to so large a radius, may mix two surfaces."""
TOLERANCE = 0.51 / 255
"""Largest difference that counts as untouched: what rounding to 8 bits changes."""


def in_focus(coc: np.ndarray) -> np.ndarray:
    """Pixels in focus that the blur of no nearer surface reaches: (frames, height, width) bool.

    In focus is |r| < 0.5 pixels; nearer surfaces are those with r >= 0.5, each reaching r + 1 pixels. Within
    OUTLINE pixels of what is blurred by OUTLINE_STEP or more a pixel may be in focus only in part, and is
    left out.

    Args:
        coc: (frames, height, width) signed circle of confusion in pixels, positive in front of the focus.
    """
    return np.stack([_in_focus(frame) for frame in coc])


def _in_focus(coc: np.ndarray) -> np.ndarray:
    radius = np.abs(coc)
    blurred = (radius >= OUTLINE_STEP).astype(np.uint8)
    at_outline = cv2.dilate(blurred, np.ones((2 * OUTLINE + 1, 2 * OUTLINE + 1), np.uint8)) > 0
    return (radius < SHARP) & ~at_outline & ~reached(radius, coc >= SHARP)


def focus_untouched(result: np.ndarray, aif: np.ndarray, focus: np.ndarray) -> float:
    """Share of the pixels in focus, in percent, that differ from the input by no more than 8-bit rounding.

    A lens leaves alone what lies in the focal plane; on slanted surfaces, where r is between 0 and 0.5, it
    does not quite: compare with what the truth scores.

    Args:
        result, aif: (frames, 3, height, width) in [0, 1].
        focus: (frames, height, width) bool, of `in_focus`.

    Returns:
        0 to 100; NaN if nothing is in focus.
    """
    differences = _differences(result, aif, focus)
    return 100 * float((differences <= TOLERANCE).mean()) if differences.size else float("nan")


def focus_difference(result: np.ndarray, aif: np.ndarray, focus: np.ndarray) -> float:
    """Largest difference from the input in the pixels in focus, in levels of 255; NaN without any."""
    differences = _differences(result, aif, focus)
    return 255 * float(differences.max()) if differences.size else float("nan")


def _differences(result: np.ndarray, aif: np.ndarray, focus: np.ndarray) -> np.ndarray:
    pairs = zip(result, aif, focus, strict=True)
    return np.concatenate([np.abs(one - other).max(axis=0)[where] for one, other, where in pairs])
