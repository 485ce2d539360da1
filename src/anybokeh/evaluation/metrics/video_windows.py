"""Clips as video networks take them: 16 small frames at a time."""

from __future__ import annotations

import cv2
import numpy as np

LENGTH = 16


def video_windows(frames: np.ndarray, size: int) -> np.ndarray:
    """Runs of 16 frames, side by side, the last one ending with the clip; scaled to squares.

    A shorter clip is stretched to 16 frames by repeating some, as evenly as possible.

    Args:
        frames: (frames, 3, height, width) in [0, 1].
        size: of the squares in pixels; the aspect ratio is given up, as these measures do.

    Returns:
        (windows, 3, 16, size, size) float32 in [0, 1].
    """
    count = len(frames)
    if count <= LENGTH:
        picked = [np.linspace(0, count - 1, LENGTH).round().astype(int)]
    else:
        starts = sorted({*range(0, count - LENGTH + 1, LENGTH), count - LENGTH})
        picked = [np.arange(start, start + LENGTH) for start in starts]
    small = np.stack([_scaled(frame, size) for frame in frames])  # (frames, 3, size, size)
    return np.stack([small[indices].swapaxes(0, 1) for indices in picked])


def _scaled(frame: np.ndarray, size: int) -> np.ndarray:
    way = cv2.INTER_AREA if min(frame.shape[1:]) > size else cv2.INTER_LINEAR
    picture = cv2.resize(np.ascontiguousarray(frame.transpose(1, 2, 0)), (size, size), interpolation=way)
    return picture.transpose(2, 0, 1)
