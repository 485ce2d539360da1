"""Frames of a clip with what is known of their scene, in order: what segments are cut from.

Steadying, and what finds hidden surfaces, look some frames back and ahead. Where only a part of the clip is
rendered, the frames around it are read for that and not handed out, so that the part comes out as it does in
the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from anybokeh.clip import ClipReader, Frame
from anybokeh.clip.eight_bit import eight_bit
from anybokeh.errors import InputError
from anybokeh.refocus.analysis import Analysis
from anybokeh.repair import RepairSettings
from anybokeh.shot import Behind


class AnalysedFrame(NamedTuple):
    """One frame and its scene.

    Attributes:
        frame: as it was decoded.
        disparity: (height, width) float32 in [0, 1].
        radiance: gain on linear light where the camera clipped, (3, height, width) float32, or None.
        behind: what other frames saw behind what is near, or None.
    """

    frame: Frame
    disparity: np.ndarray
    radiance: np.ndarray | None = None
    behind: Behind | None = None


def scenes(clip: ClipReader, analysis: Analysis) -> Iterator[tuple[Frame, np.ndarray]]:
    """Every frame of `clip` with its disparity, (height, width) float32, steady if the analysis says so.

    Raises InputError where the clip holds more frames than its header says, or disparity cannot be used.
    """
    for (frame, _), disparity, _ in _steady(clip, analysis, 0):
        yield frame, disparity


def whole_scenes(
    clip: ClipReader, analysis: Analysis, repair: RepairSettings | None, hidden: bool
) -> Iterator[AnalysedFrame]:
    """Every frame of `clip` with its scene.

    It is steady if the analysis says so, repaired unless that is None, and with what is hidden if that is
    wanted. Raises InputError as `scenes`.
    """
    if not hidden:
        for (frame, _), disparity, radiance in _repaired(clip, analysis, repair, 0):
            yield AnalysedFrame(frame, disparity, radiance)
        return
    from anybokeh.hidden.finding import REACH, with_hidden

    items = (
        ((tag, _Gains.of(radiance)), tag[0].pixels, disparity)
        for tag, disparity, radiance in _repaired(clip, analysis, repair, REACH)
    )
    for ((frame, _), gains), disparity, behind in with_hidden(items, wanted=lambda tag: tag[0][1]):
        yield AnalysedFrame(frame, disparity, gains and gains.dense(), behind)


class _Gains(NamedTuple):
    """Gains of a frame where they are not 1: many frames wait, and whole maps would fill memory."""

    shape: tuple[int, ...]
    places: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, gain: np.ndarray | None) -> _Gains | None:
        if gain is None:
            return None
        flat = gain.ravel()
        places = np.flatnonzero(flat != 1)
        return cls(gain.shape, places, flat[places])

    def dense(self) -> np.ndarray:
        result = np.ones(self.shape, np.float32)
        result.ravel()[self.places] = self.values
        return result


_Tag = tuple[Frame, bool]
"""A frame, and whether it was requested: the others are only looked at."""


def _repaired(
    clip: ClipReader, analysis: Analysis, repair: RepairSettings | None, around: int
) -> Iterator[tuple[_Tag, np.ndarray, np.ndarray | None]]:
    """The frames of `clip` and `around` of the source on either side with disparity and radiance."""
    steady = _steady(clip, analysis, around)
    if repair is None:
        for tag, disparity, _ in steady:
            yield tag, disparity, None
        return
    from anybokeh.repair.repairing import repaired

    items = ((tag, _as_seen(tag[0].pixels), disparity, loose) for tag, disparity, loose in steady)
    yield from repaired(items, repair)


def _as_seen(pixels: np.ndarray) -> np.ndarray:
    # floats are linear light, which the network has never seen
    return eight_bit(pixels) if pixels.dtype.kind == "f" else pixels


def _steady(
    clip: ClipReader, analysis: Analysis, around: int
) -> Iterator[tuple[_Tag, np.ndarray, np.ndarray]]:
    """The frames of `clip` and `around` of the source on either side with their disparity.

    After that comes disparity as it was before its outlines were aligned.
    """
    if not analysis.steady:
        for frame, away in _with_context(clip, analysis, around):
            disparity = _disparity(frame, analysis)
            yield (frame, away == 0), disparity, disparity
        return
    from anybokeh.disparity.steadying import REACH, steadied_both

    frames = _with_context(clip, analysis, REACH + around)
    items = (((frame, away), frame.pixels, _disparity(frame, analysis)) for frame, away in frames)
    for (frame, away), disparity, loose in steadied_both(items, wanted=lambda tag: tag[1] <= around):
        yield (frame, away == 0), disparity, loose


def _disparity(frame: Frame, analysis: Analysis) -> np.ndarray:
    if frame.index >= len(analysis.track):
        raise InputError(
            f"{analysis.info.path}: holds more frames than its header tells ({len(analysis.track)}); "
            "copy it into a new container (remux) and try again"
        )
    return analysis.disparity.read(frame.index, frame.pixels)


def _with_context(clip: ClipReader, analysis: Analysis, reach: int) -> Iterator[tuple[Frame, int]]:
    """The frames of `clip`, and up to `reach` of the source before and after; how far outside each is."""
    last = None
    for frame in clip:
        first = frame.index
        if last is None and first > 0:
            for before in _between(clip, analysis, first - reach, first):
                yield before, first - before.index
        yield frame, 0
        last = first
    if last is not None:
        for after in _between(clip, analysis, last + 1, last + 1 + reach):
            yield after, after.index - last


def _between(clip: ClipReader, analysis: Analysis, first: int, end: int) -> Iterator[Frame]:
    times = analysis.times
    first, end = max(first, 0), min(end, len(times))
    if first >= end:
        return
    after = float(times[end]) if end < len(times) else None
    with clip.part(start=float(times[first]), end=after) as context:
        for frame in context:
            if first <= frame.index < end:
                yield frame
