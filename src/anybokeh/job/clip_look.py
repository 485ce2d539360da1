"""What a clip looks like: its grain, and bars around the picture, seen at a few moments of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from anybokeh.clip import ClipInfo, open_again
from anybokeh.clip.pixels import to_frames
from anybokeh.finish import measure_grain
from anybokeh.finish.bars import find_bars
from anybokeh.job.analysis import Analysis
from anybokeh.optics import light
from anybokeh.settings import RenderSettings

MOMENTS = 6
_SHORT = 300
"""Frames up to which reading a clip through is faster than seeking in it."""


def with_look(analysis: Analysis, settings: RenderSettings) -> Analysis:
    """An analysis with the grain and the bars that a render heeds.

    They are those of the whole clip, so that a part of it comes out the same. Linear light has no grain, as
    cameras do not store it.
    """
    if settings.grain == 0 and settings.protect != "auto":
        return analysis
    info = analysis.info
    pairs = list(_pairs(info, analysis.times))
    is_linear = info.bit_depth > 16
    grain = measure_grain(pairs, info.bit_depth) if settings.grain > 0 and not is_linear else None
    pictures = [picture for pair in pairs for picture in pair]
    return replace(
        analysis,
        grain=None if grain is None else grain.scaled(settings.grain),
        inside=find_bars(pictures) if settings.protect == "auto" else None,
    )


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
    """(height, width, 3) float32 in [0, 1], encoded."""
    if pixels.dtype.kind == "f":
        return light.encode(pixels, "srgb").astype(np.float32)
    return np.ascontiguousarray(to_frames(pixels).transpose(1, 2, 0))
