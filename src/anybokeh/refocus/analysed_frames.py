"""Frames of a clip with what is known of their scene, in order: what segments are cut from.

Steadying and repair look a few frames back and ahead. Where only a part of the clip is rendered, the frames
around it are read for that and not handed out, so that the part comes out as it does in the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anybokeh.clip import ClipReader, Frame
from anybokeh.clip.eight_bit import eight_bit
from anybokeh.errors import InputError
from anybokeh.refocus.analysis import Analysis
from anybokeh.repair import RepairSettings

if TYPE_CHECKING:
    from anybokeh.repair.lamp_light import Light


class AnalysedFrame(NamedTuple):
    """One frame and its scene.

    Attributes:
        frame: as it was decoded.
        disparity: (height, width) float32 in [0, 1].
        light: of its lamps, above what the camera recorded, or None.
    """

    frame: Frame
    disparity: np.ndarray
    light: Light | None = None


def scenes(clip: ClipReader, analysis: Analysis) -> Iterator[tuple[Frame, np.ndarray]]:
    """Every frame of `clip` with its disparity, (height, width) float32, steady if the analysis says so.

    Raises InputError where the clip holds more frames than its header says, or disparity cannot be used.
    """
    for one in repaired_scenes(clip, analysis, None):
        yield one.frame, one.disparity


def repaired_scenes(
    clip: ClipReader, analysis: Analysis, repair: RepairSettings | None
) -> Iterator[AnalysedFrame]:
    """Every frame of `clip` with its scene, steady if the analysis says so and repaired unless that is None.

    Raises InputError as `scenes`.
    """
    if repair is None:
        frames = (_Read(*one) for one in _with_context(clip, analysis, _reach(analysis)))
        for one, disparity, _ in _steady(frames, analysis):
            yield AnalysedFrame(one.frame, disparity)
        return
    from anybokeh.repair.lamps_over_time import REACH
    from anybokeh.repair.repairing import lit, mended

    context = _with_context(clip, analysis, max(_reach(analysis), REACH))
    lamps = lit((((frame, wanted), _as_seen(frame.pixels)) for frame, wanted in context), repair)
    frames = (_Read(frame, wanted, light) for (frame, wanted), _, light in lamps)
    items = (
        (one, _as_seen(one.frame.pixels), disparity, loose)
        for one, disparity, loose in _steady(frames, analysis)
    )
    for one, disparity in mended(items, repair):
        yield AnalysedFrame(one.frame, disparity, one.light)


class _Read(NamedTuple):
    """A frame as it is read: whether it was requested, or is context only, and the light of its lamps."""

    frame: Frame
    requested: bool
    light: Light | None = None


def _as_seen(pixels: np.ndarray) -> np.ndarray:
    # floats are linear light, which the network has never seen
    return eight_bit(pixels) if pixels.dtype.kind == "f" else pixels


def _reach(analysis: Analysis) -> int:
    """Frames to either side that disparity depends on."""
    if not analysis.steady:
        return 0
    from anybokeh.disparity.steadying import REACH

    return REACH


def _steady(frames: Iterable[_Read], analysis: Analysis) -> Iterator[tuple[_Read, np.ndarray, np.ndarray]]:
    """Those requested with disparity as it is, and as it was before its outlines were aligned."""
    if not analysis.steady:
        for one in frames:
            if one.requested:
                disparity = _disparity(one.frame, analysis)
                yield one, disparity, disparity
        return
    from anybokeh.disparity.steadying import steadied_both

    items = ((one, one.frame.pixels, _disparity(one.frame, analysis)) for one in frames)
    yield from steadied_both(items, wanted=lambda one: one.requested)


def _disparity(frame: Frame, analysis: Analysis) -> np.ndarray:
    if frame.index >= len(analysis.track):
        raise InputError(
            f"{analysis.info.path}: holds more frames than its header tells ({len(analysis.track)}); "
            "copy it into a new container (remux) and try again"
        )
    return analysis.disparity.read(frame.index, frame.pixels)


def _with_context(clip: ClipReader, analysis: Analysis, reach: int) -> Iterator[tuple[Frame, bool]]:
    """The frames of `clip`, and up to `reach` of the source before and after; whether each was requested."""
    last = None
    for frame in clip:
        if last is None and frame.index > 0:
            yield from _between(clip, analysis, frame.index - reach, frame.index)
        yield frame, True
        last = frame.index
    if last is not None:
        yield from _between(clip, analysis, last + 1, last + 1 + reach)


def _between(clip: ClipReader, analysis: Analysis, first: int, end: int) -> Iterator[tuple[Frame, bool]]:
    times = analysis.times
    first, end = max(first, 0), min(end, len(times))
    if first >= end:
        return
    after = float(times[end]) if end < len(times) else None
    with clip.part(start=float(times[first]), end=after) as context:
        for frame in context:
            if first <= frame.index < end:
                yield frame, False
