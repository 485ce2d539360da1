"""Focus breathing: lenses that show a little more or less of the scene as their focus moves."""

from __future__ import annotations

import numpy as np

from anybokeh.optics.lens import Lens


def magnification(lens: Lens, focus: float) -> float:
    """How large the picture is at a focus in [0, 1]: 1 or more, so nothing beyond its border is needed."""
    return 1 + abs(lens.breathing) * (focus if lens.breathing > 0 else 1 - focus)


def breathe(picture: np.ndarray, lens: Lens, focus: float) -> np.ndarray:
    """A picture, (channels, height, width) float32, about its middle as large as the lens shows it.

    No value leaves the picture's own range. A lens that does not breathe returns the picture itself.
    """
    scale = magnification(lens, float(focus))
    if scale == 1:
        return picture
    import cv2

    _, height, width = picture.shape
    middle = (np.array([width, height]) - 1) / 2
    matrix = np.column_stack([np.eye(2) / scale, middle - middle / scale])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    larger = [
        cv2.warpAffine(channel, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for channel in picture
    ]
    return np.clip(np.stack(larger), picture.min(), picture.max())
