"""Salient objects in one picture, by a small network.

U²-Net-P (Qin et al., Pattern Recognition 2020): 1.1 M parameters, 320x320 pixels, a quarter of a second on
two processor cores.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from anybokeh.runtime.onnx import OnnxNetwork

_SIDE = 320
_FUSED = "1959"
"""The output that joins those of all levels."""
# statistics of the training pictures
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_FAINT = 100.0
"""Levels between the darkest and brightest hundredth below which a picture is stretched to full contrast."""


class SaliencyNetwork:
    """U²-Net-P: a `Saliency`. path: its ONNX file."""

    name = "U²-Net-P"
    is_guess = False

    def __init__(self, path: Path) -> None:
        self._network = OnnxNetwork(path, [_FUSED])

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        small = stretched(small)
        small /= max(float(small.max()), 1.0)
        small = (small - _MEAN) / _DEVIATION
        found = self._network(small.transpose(2, 0, 1)[None])[0][0, 0]
        height, width = picture.shape[:2]
        return cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR).clip(0, 1)


def stretched(picture: np.ndarray) -> np.ndarray:
    """A picture in haze at full contrast, others as they are; (height, width, 3) float32, 0 to 255."""
    low, high = np.percentile(picture, (1, 99)).tolist()
    if not 1 <= high - low < _FAINT:
        return picture
    return np.clip((picture - low) * (255 / (high - low)), 0, 255)
