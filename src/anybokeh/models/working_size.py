"""The size at which the one-step model works: the clip's shape, scaled, and padded to whole tokens.

Pictures are never stretched: they are scaled by one factor (after which pixels are square), repeated at the
border up to multiples of 64, and cropped again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

MULTIPLE = 64


@dataclass(frozen=True)
class WorkingSize:
    """Sizes in pixels.

    Attributes:
        height, width: of the scaled picture.
        padded_height, padded_width: with the border, multiples of 64.
    """

    height: int
    width: int

    @property
    def padded_height(self) -> int:
        return math.ceil(self.height / MULTIPLE) * MULTIPLE

    @property
    def padded_width(self) -> int:
        return math.ceil(self.width / MULTIPLE) * MULTIPLE


def working_size(height: int, display_width: float, area: int) -> WorkingSize:
    """The size nearest to `area` pixels with the displayed shape; small pictures are not enlarged."""
    scale = min(1.0, math.sqrt(area / (height * display_width)))
    return WorkingSize(max(1, round(height * scale)), max(1, round(display_width * scale)))


def to_working(pictures: np.ndarray, size: WorkingSize) -> np.ndarray:
    """Scale and pad.

    Args:
        pictures: (frames, channels, height, width) float32.
        size: what to make of them.

    Returns:
        (frames, channels, padded height, padded width) float32.
    """
    edges = (0, 0), (0, size.padded_height - size.height), (0, size.padded_width - size.width)
    return np.stack([np.pad(scaled(picture, size.height, size.width), edges, "edge") for picture in pictures])


def scaled(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """(channels, height, width) float32 at another size: averaged where smaller, bicubic where larger."""
    if picture.shape[1:] == (height, width):
        return picture
    smaller = height < picture.shape[1] or width < picture.shape[2]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    planes = map(np.ascontiguousarray, picture)
    return np.stack([cv2.resize(plane, (width, height), interpolation=method) for plane in planes])
