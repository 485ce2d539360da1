"""Frames of a clip with the disparity that belongs to them, in order: what segments are cut from.

Steadying looks a few frames back and ahead. Where only a part of the clip is rendered, the frames around it
are read for that and not handed out, so that the part comes out as it does in the whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from anybokeh.analysis import Analysis
from anybokeh.clip import ClipReader, Frame, open_clip
from anybokeh.errors import InputError


def scenes(clip: ClipReader, analysis: Analysis) -> Iterator[tuple[Frame, np.ndarray]]:
    """Every frame of `clip` with its disparity, (height, width) float32, steady if the analysis says so.

    Raises InputError where the clip holds more frames than its header tells, or disparity cannot be used.
    """
    if not analysis.steady:
        for frame in clip:
            yield frame, _disparity(frame, analysis)
        return
    from anybokeh.disparity.steadying import REACH, steadied

    frames = _with_context(clip, analysis, REACH)
    items = ((frame if asked else None, frame.pixels, _disparity(frame, analysis)) for frame, asked in frames)
    for frame, disparity in steadied(items):
        if frame is not None:
            yield frame, disparity


def _disparity(frame: Frame, analysis: Analysis) -> np.ndarray:
    if frame.index >= len(analysis.track):
        raise InputError(
            f"{analysis.info.path}: holds more frames than its header tells ({len(analysis.track)}); "
            "copy it into a new container (remux) and try again"
        )
    return analysis.disparity.read(frame.index, frame.pixels)


def _with_context(clip: ClipReader, analysis: Analysis, reach: int) -> Iterator[tuple[Frame, bool]]:
    """The frames of `clip`, and up to `reach` of the source before and after; whether each was asked for."""
    last = None
    for frame in clip:
        if last is None and frame.index > 0:
            yield from _between(analysis, frame.index - reach, frame.index)
        yield frame, True
        last = frame.index
    if last is not None:
        yield from _between(analysis, last + 1, last + 1 + reach)


def _between(analysis: Analysis, first: int, end: int) -> Iterator[tuple[Frame, bool]]:
    times = analysis.times
    first, end = max(first, 0), min(end, len(times))
    if first >= end:
        return
    after = float(times[end]) if end < len(times) else None
    with open_clip(analysis.info.path, start=float(times[first]), end=after) as context:
        for frame in context:
            if first <= frame.index < end:
                yield frame, False
