"""The circle of confusion: how large a point becomes that lies off the focal plane."""

from __future__ import annotations

import numpy as np

REFERENCE_WIDTH = 1024
"""K is stated for a picture of this displayed width, in pixels."""


def signed_circle_of_confusion(
    disparity: np.ndarray,
    focus: float | np.ndarray,
    blur: float,
    width: float,
    focus_range: float = 0.0,
) -> np.ndarray:
    """Radius of the circle of confusion, positive in front of the focal plane, negative behind it.

    r = K * max(0, |d - f| - range) * width / 1024 (paper, section 3; thin lens in disparity).

    Args:
        disparity: any shape, in [0, 1], 1 is nearest.
        focus: disparity of the focal plane, in [0, 1], or an array of the disparity's shape.
        blur: K, pixels of a 1024-pixel-wide picture per unit of disparity difference.
        width: displayed width of the picture in pixels.
        focus_range: half-width in disparity inside which everything stays sharp.

    Returns:
        Float32 of the disparity's shape, in pixels of the displayed picture.
    """
    offset = np.asarray(disparity, dtype=np.float32) - np.float32(focus)
    magnitude = np.maximum(np.abs(offset) - np.float32(focus_range), np.float32(0))
    return np.copysign(magnitude * np.float32(blur * width / REFERENCE_WIDTH), offset)


def circle_of_confusion(
    disparity: np.ndarray, focus: float, blur: float, width: float, focus_range: float = 0.0
) -> np.ndarray:
    """Radius of the circle of confusion in pixels; arguments as `signed_circle_of_confusion`."""
    return np.abs(signed_circle_of_confusion(disparity, focus, blur, width, focus_range))
