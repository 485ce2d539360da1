"""Filling holes smoothly from around them, coarse to fine."""

from __future__ import annotations

import cv2
import numpy as np

_LEAST = np.float32(1e-6)


def push_pull(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values of which only some are known; the others are filled in from the nearest that are.

    Args:
        values: (height, width) or (height, width, channels) float32.
        known: (height, width) float32 in [0, 1].

    Returns:
        As `values`, the same where `known` is 1; zeros where nothing at all is known.
    """
    weight = known if values.ndim == 2 else known[..., None]
    height, width = known.shape
    if (height == 1 and width == 1) or known.min() >= 1:
        return values * (weight > 0)
    smaller = max(1, (height + 1) // 2), max(1, (width + 1) // 2)
    size = smaller[::-1]
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    means = cv2.resize(values * weight, size, interpolation=cv2.INTER_AREA)
    means /= np.maximum(share if values.ndim == 2 else share[..., None], _LEAST)
    # a cell is known as soon as a part of it is
    filled = push_pull(means, (share > _LEAST).astype(np.float32))
    coarse = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR).reshape(values.shape)
    return values * weight + coarse * (1 - weight)
