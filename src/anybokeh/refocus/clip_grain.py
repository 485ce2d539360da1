"""The grain of a clip, measured at a few moments of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from anybokeh.clip import ClipInfo, open_again
from anybokeh.clip.pixels import to_frames
from anybokeh.finish import Grain, measure_grain

MOMENTS = 4
_SHORT = 300
"""Frames up to which reading a clip through is faster than seeking in it."""


def grain_of(info: ClipInfo, times: np.ndarray) -> Grain | None:
    """The grain of a clip; None where it has none, and for linear light, which cameras do not store.

    It is that of the whole clip, so that a part of it gets the same.

    times: (frames,) seconds of every frame of the source.
    """
    if info.bit_depth > 16:
        return None
    pairs = list(_pairs(info, times))
    return measure_grain(pairs, info.bit_depth) if pairs else None


def _pairs(info: ClipInfo, times: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Two consecutive pictures at each moment."""
    last = len(times) - 2
    wanted = (
        sorted({round(last * (number + 0.5) / MOMENTS) for number in range(MOMENTS)}) if last >= 0 else []
    )
    if len(times) <= _SHORT:
        yield from _read(info, {*wanted}, None, None)
        return
    for index in wanted:
        start = float(times[index - 1] + times[index]) / 2 if index else None
        end = float(times[index + 1] + times[index + 2]) / 2 if index < last else None
        yield from _read(info, {index}, start, end)


def _read(
    info: ClipInfo, wanted: set[int], start: float | None, end: float | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    left = set(wanted)
    with open_again(info, start=start, end=end) as clip:
        for one, following in pairwise(clip):
            if one.index in left:
                yield _as_float(one.pixels), _as_float(following.pixels)
                left.discard(one.index)
            if not left:
                return


def _as_float(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(to_frames(pixels).transpose(1, 2, 0))
