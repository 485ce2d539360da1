"""Small views of frames, at which subjects are looked for."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.clip.eight_bit import eight_bit

AREA = 320 * 180
"""Pixels of a small view; smaller frames are taken as they are."""


@dataclass(frozen=True, eq=False)
class View:
    """A frame at about AREA pixels.

    Attributes:
        picture: (height, width, 3) uint8 RGB.
        grey: (height, width) uint8.
    """

    picture: np.ndarray
    grey: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.grey.shape[1], self.grey.shape[0]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to see: black, white or any other single colour."""
        return float(self.grey.std()) < 2.0


def view_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the small view of a frame."""
    scale = min(1.0, (AREA / (width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))


def view(frame: np.ndarray) -> View:
    """The small view of a frame (height, width, 3), RGB of any type that clips have."""
    size = view_size(frame.shape[1], frame.shape[0])
    if size != (frame.shape[1], frame.shape[0]):
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    picture = np.ascontiguousarray(eight_bit(frame))
    return View(picture, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
