"""Bars around the picture of a clip that is open, found in small pictures as a render finds them."""

from __future__ import annotations

import math

import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.finish.bars import Inside, find_bars
from anybokeh.job.clip_look import MOMENTS
from anybokeh.studio.display import shrink
from anybokeh.studio.frames import FrameReader


def bars_of(info: ClipInfo, times: np.ndarray, size: tuple[int, int]) -> Inside | None:
    """What lies between the bars of a clip at a (width, height), None where there are none.

    times: seconds of every frame, (frames,). Raises InputError where a frame cannot be decoded.
    """
    last = len(times) - 2
    if last < 0:
        return None
    moments = sorted({round(last * (number + 0.5) / MOMENTS) for number in range(MOMENTS)})
    reader = FrameReader(info, times)
    try:
        pictures = [
            shrink(reader.read(index), size).astype(np.float32) / 255
            for moment in moments
            for index in (moment, moment + 1)
        ]
    finally:
        reader.close()
    return find_bars(pictures)


def scaled(inside: Inside, size: tuple[int, int], other: tuple[int, int]) -> Inside:
    """The same of a picture of another (width, height), without rows and columns that are half of a bar."""
    across, down = other[0] / size[0], other[1] / size[1]
    return Inside(
        math.ceil(inside.top * down),
        math.floor(inside.bottom * down),
        math.ceil(inside.left * across),
        math.floor(inside.right * across),
    )
