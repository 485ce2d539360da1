"""The display matrix of phones and cameras: how stored frames are turned upright."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame


@dataclass(frozen=True)
class Orientation:
    """Transpose first, then mirror left to right, then top to bottom."""

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @property
    def degrees(self) -> int:
        """Counter-clockwise turn that makes stored frames upright (mirroring is not included)."""
        if self.transpose:
            return 90 if self.mirror_y else 270
        return 180 if self.mirror_y else 0

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """Turn (height, width, ...) upright; contiguous."""
        if self.transpose:
            picture = picture.swapaxes(0, 1)
        if self.mirror_x:
            picture = picture[:, ::-1]
        if self.mirror_y:
            picture = picture[::-1]
        return np.ascontiguousarray(picture)


def orientation_of(frame: VideoFrame) -> tuple[Orientation, bool]:
    """The frame's orientation, and whether it is exact (turns by other than right angles are ignored)."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Orientation(), True
    # output x = a * x + c * y and output y = b * x + d * y, axes pointing right and down
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data))
    if b == c == 0:
        return Orientation(mirror_x=a < 0, mirror_y=d < 0), True
    if a == d == 0:
        return Orientation(transpose=True, mirror_x=c < 0, mirror_y=b < 0), True
    return Orientation(), False
