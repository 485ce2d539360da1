"""Telling by its pictures whether a video that is flagged as interlaced is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from av.video.frame import VideoFrame

FRAMES = 16
"""How many are looked at."""
_CLEAR = 1.3
"""How many times rougher frames must become when their fields are paired with those of the next one."""


def is_progressive(frames: Iterable[VideoFrame]) -> bool:
    """Whether both fields of each frame show the same moment.

    Where something moves, fields of one moment fit each other better than those of frames that follow each
    other. In interlaced video the second field is as far from the first as from the next frame's. Where
    nothing moves the flag is right.
    """
    woven = crossed_first = crossed_second = 0.0
    before: np.ndarray | None = None
    for frame in frames:
        luma = _luma(frame)
        if before is not None and before.shape == luma.shape:
            mixed = before.copy()
            mixed[1::2] = luma[1::2]
            other = luma.copy()
            other[1::2] = before[1::2]
            woven += (_roughness(before) + _roughness(luma)) / 2
            crossed_first += _roughness(mixed)
            crossed_second += _roughness(other)
        before = luma
    return min(crossed_first, crossed_second) > _CLEAR * woven > 0


def _luma(frame: VideoFrame) -> np.ndarray:
    return frame.to_ndarray(format="gray").astype(np.int16)


def _roughness(luma: np.ndarray) -> float:
    """Mean difference of a row from those above and below it."""
    return float(np.abs(2 * luma[1:-1] - luma[:-2] - luma[2:]).mean())
