"""Flicker of clips that have no truth."""

from __future__ import annotations

import cv2
import numpy as np


def consistent(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """Pixels of the later frame whose way back is undone by the way forth: (height, width) bool.

    |b + f(x + b)|^2 < 0.01 (|b|^2 + |f|^2) + 0.5, and x + b inside the frame (Sundaram et al., ECCV 2010).

    Args:
        forward, backward: (2, height, width) flow from the earlier to the later frame and back, in pixels.
    """
    returned = warp(forward, backward)
    gap = ((backward + returned) ** 2).sum(0)
    height, width = backward.shape[1:]
    y, x = np.mgrid[0:height, 0:width] + backward[::-1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return inside & (gap < 0.01 * ((backward**2).sum(0) + (returned**2).sum(0)) + 0.5)


def warp(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """What the picture shows where the flow points: (channels, height, width), linearly interpolated."""
    height, width = flow.shape[1:]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    planes = np.ascontiguousarray(picture.transpose(1, 2, 0))
    moved = cv2.remap(planes, x + flow[0], y + flow[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved.reshape(height, width, -1).transpose(2, 0, 1)


def warped_flicker(result: np.ndarray, forward: np.ndarray, backward: np.ndarray) -> float:
    """Mean absolute difference in levels of 255 between each frame and the one before, moved onto it.

    The warping error of Lai et al. (ECCV 2018), with flow of the sharp input and only where it is consistent.
    Not zero for a perfect result: the flow has errors, light changes, and so does blur where focus moves.

    Args:
        result: (frames, 3, height, width) in [0, 1], two frames or more.
        forward, backward: (frames - 1, 2, height, width) flow of the input from frame to next and back.
    """
    total, count = 0.0, 0
    for index, (forth, back) in enumerate(zip(forward, backward, strict=True)):
        known = consistent(forth, back)
        difference = np.abs(result[index + 1] - warp(result[index], back))[:, known]
        total += float(difference.sum(dtype=np.float64))
        count += difference.size
    return 255 * total / count if count else float("nan")
