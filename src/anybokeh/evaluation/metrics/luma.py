"""Brightness of frames."""

from __future__ import annotations

import numpy as np

_BT709 = np.array([0.2126, 0.7152, 0.0722], np.float32)


def luma(frame: np.ndarray) -> np.ndarray:
    """BT.709 luma of encoded values: (..., 3, height, width) to (..., height, width) float32."""
    return np.einsum("c,...chw->...hw", _BT709, np.asarray(frame, np.float32))


def eight_bit(frame: np.ndarray) -> np.ndarray:
    """Luma of one frame (3, height, width) as (height, width) uint8."""
    return np.rint(np.clip(luma(frame), 0, 1) * 255).astype(np.uint8)
