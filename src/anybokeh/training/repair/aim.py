"""The part of the truth that a network can learn."""

from __future__ import annotations

import cv2
import numpy as np

OUTLINE = 0.015
"""Difference in disparity between neighbours from which pixels are near an outline."""


def reachable(given: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The truth with the slow errors of what was given, (height, width) float32.

    Nobody can tell from a picture that a surface bulges too much or that all is a little too near. Such
    errors are left in, so that they do not drown what can be learned: where outlines run.
    """
    outlines = np.maximum(_climb(truth), _climb(given)) > OUTLINE
    sure = 1 - cv2.dilate(outlines.astype(np.float32), np.ones((7, 7), np.uint8))
    height, width = truth.shape
    planes = np.dstack([sure * (given - truth), sure])
    coarse = cv2.resize(planes, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    slow = cv2.blur(coarse, (9, 9))
    slow = slow[..., 0] / (slow[..., 1] + np.float32(0.02))
    return truth + cv2.resize(slow, (width, height), interpolation=cv2.INTER_LINEAR)


def _climb(disparity: np.ndarray) -> np.ndarray:
    across = np.abs(np.diff(disparity, axis=1, append=disparity[:, -1:]))
    down = np.abs(np.diff(disparity, axis=0, append=disparity[-1:]))
    return np.maximum(across, down)
