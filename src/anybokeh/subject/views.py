"""Small views of frames, at which subjects are looked for."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.clip.eight_bit import eight_bit

AREA = 320 * 180
"""Pixels of a small view; smaller frames are taken as they are."""
CLOSE_AREA = 512 * 288
"""Pixels of the picture in which networks look for faces and things."""


@dataclass(frozen=True, eq=False)
class View:
    """A frame at about AREA pixels.

    Attributes:
        picture: (height, width, 3) uint8 RGB.
        grey: (height, width) uint8.
        close: (rows, columns, 3) uint8 RGB, the frame at about CLOSE_AREA pixels.
    """

    picture: np.ndarray
    grey: np.ndarray
    close: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.grey.shape[1], self.grey.shape[0]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to see: black, white or any other single colour."""
        return float(self.grey.std()) < 2.0


def view_size(width: int, height: int, area: int = AREA) -> tuple[int, int]:
    """Width and height of the view of a frame with so many pixels."""
    scale = min(1.0, (area / (width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))


def view(frame: np.ndarray) -> View:
    """The small view of a frame (height, width, 3), RGB of any type that clips have."""
    close, picture = (eight_bit(_reduced(frame, area)) for area in (CLOSE_AREA, AREA))
    picture = np.ascontiguousarray(picture)
    return View(picture, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.ascontiguousarray(close))


def _reduced(frame: np.ndarray, area: int) -> np.ndarray:
    size = view_size(frame.shape[1], frame.shape[0], area)
    return frame if size == frame.shape[1::-1] else cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
