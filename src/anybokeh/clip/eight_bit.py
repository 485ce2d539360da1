"""Frames as 8-bit pictures, for what only looks at edges and corners."""

from __future__ import annotations

import cv2
import numpy as np


def eight_bit(frame: np.ndarray) -> np.ndarray:
    """(height, width, channels) uint8 of uint8, uint16, or float32 in linear light as EXR frames have it."""
    if frame.dtype == np.uint16:
        return cv2.convertScaleAbs(frame, alpha=255 / 65535)
    if frame.dtype.kind == "f":
        return (255 * np.clip(frame, 0, 1) ** (1 / 2.2)).astype(np.uint8)
    return frame
