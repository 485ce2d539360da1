"""Which pixels the discs of others reach."""

from __future__ import annotations

import cv2
import numpy as np


def reached(radius: np.ndarray, sources: np.ndarray, margin: float = 1.0) -> np.ndarray:
    """Pixels within radius + margin of a source, the source itself included.

    Radii are rounded up to whole pixels, so the answer is never too small and less than a pixel too large.

    Args:
        radius: (height, width) >= 0 in pixels, the disc of each source.
        sources: (height, width) bool, the pixels whose discs count.
        margin: added to every radius, for pixels that a disc's rim covers in part.

    Returns:
        (height, width) bool.
    """
    result = np.zeros(sources.shape, bool)
    whole = np.ceil(radius + margin)
    for step in np.unique(whole[sources]):
        ring = sources & (whole == step)
        distance = cv2.distanceTransform((~ring).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        result |= distance <= step
    return result
