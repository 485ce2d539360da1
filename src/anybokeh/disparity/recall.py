"""What the frames around show near outlines.

By chance one frame has an outline here and the next one has it there. Where colours cannot tell which is
right, what several frames show decides better than what one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from anybokeh.disparity.averaging import Neighbour
from anybokeh.disparity.glimpses import Calibration
from anybokeh.disparity.outlines import grid_scale
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

ALIKE = 24
"""Colour difference in 8-bit levels a channel up to which two points show the same thing."""


class Sample(NamedTuple):
    """A frame at the points of the grid of outlines: picture (h, w, 3) uint8, disparity (h, w) float32."""

    picture: np.ndarray
    disparity: np.ndarray


def sample(picture: np.ndarray, disparity: np.ndarray) -> Sample:
    """The grid's points of a frame, picture (height, width, 3) and disparity (height, width)."""
    scale = grid_scale(disparity.shape)
    return Sample(*(np.ascontiguousarray(values[::scale, ::scale]) for values in (picture, disparity)))


def recall(
    own: Sample, around: Sequence[tuple[Neighbour, Sample]], near_outline: np.ndarray, crew: Crew
) -> np.ndarray:
    """How far disparity differs, in the mean over a frame and those around it, from that of the frame alone.

    Frames count where they show the same colour along the motion.

    Args:
        near_outline: (h, w) bool, where this is wanted.

    Returns:
        (h, w) float32; 0 elsewhere.
    """
    total, count = (np.zeros_like(own.disparity) for _ in range(2))
    for neighbour, other in around:
        crew.run(_add_up, own, near_outline, neighbour.flow, other, neighbour.calibration, total, count)
    return total / (1 + count)


@kernel()
def _add_up(
    thread: int,
    threads: int,
    own: Sample,
    near_outline: np.ndarray,
    flow: np.ndarray,
    other: Sample,
    calibration: Calibration,
    total: np.ndarray,
    count: np.ndarray,
) -> None:
    """Add up differences of the other frame's disparity, and how many there are.

    Args:
        flow: (small height, small width, 2) of a smaller view, in its pixels, to the other frame.
        calibration: from the other frame's disparity to this one's.
    """
    picture, disparity = own
    scale, shift = calibration
    height, width = disparity.shape
    down, across = flow.shape[0] / height, flow.shape[1] / width
    for y in range(thread, height, threads):
        row = int((y + 0.5) * down)
        for x in range(width):
            if not near_outline[y, x]:
                continue
            column = int((x + 0.5) * across)
            u = int(np.floor(x + flow[row, column, 0] / across + 0.5))
            v = int(np.floor(y + flow[row, column, 1] / down + 0.5))
            if u < 0 or v < 0 or u >= width or v >= height:
                continue
            largest = 0
            for channel in range(3):
                here, there = np.int32(picture[y, x, channel]), np.int32(other.picture[v, u, channel])
                largest = max(largest, abs(here - there))
            if largest <= ALIKE:
                shown = np.float32(scale) * other.disparity[v, u] + np.float32(shift)
                total[y, x] += shown - disparity[y, x]
                count[y, x] += 1
