"""Between a clip's pixels and the arrays that renderers take."""

from __future__ import annotations

import numpy as np


def to_frames(pixels: np.ndarray) -> np.ndarray:
    """Pixels (height, width, 3) uint8, uint16 or float32 as (3, height, width) float32.

    Integers are scaled to [0, 1], floats stay as they are.
    """
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    if planes.dtype == np.float32:
        return planes
    return np.multiply(planes, np.float32(1 / np.iinfo(planes.dtype).max), dtype=np.float32)


def to_pixels(frame: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The inverse of `to_frames`, exact for values that came from it."""
    if dtype == np.float32:
        return np.ascontiguousarray(frame.transpose(1, 2, 0))
    largest = np.iinfo(dtype).max
    scaled = np.multiply(frame, np.float32(largest))
    scaled += np.float32(0.5)
    np.clip(scaled, 0, largest + 0.49, out=scaled)
    return np.ascontiguousarray(scaled.astype(dtype).transpose(1, 2, 0))
