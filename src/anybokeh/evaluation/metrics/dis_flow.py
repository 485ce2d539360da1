"""Optical flow by dense inverse search, which OpenCV brings along."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.evaluation.metrics.luma import eight_bit


def dis_flow(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where each pixel of one frame went in the other: (2, height, width) float32, x and y in pixels.

    DIS (Kroeger et al., ECCV 2016) with OpenCV's medium preset.

    Args:
        one, other: (3, height, width) in [0, 1].
    """
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = np.zeros((*one.shape[1:], 2), np.float32)
    return search.calc(eight_bit(one), eight_bit(other), flow).transpose(2, 0, 1)
