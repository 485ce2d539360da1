"""Frames of a clip with what is known of their scene, in order: what segments are cut from.

Steadying looks a few frames back and ahead. Where only a part of the clip is rendered, the frames
around it are read for that and not handed out, so that the part comes out as it does in the whole.
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


class AnalysedFrame(NamedTuple):
    """One frame and its scene.

    Attributes:
        frame: as it was decoded.
        disparity: (height, width) float32 in [0, 1].
        radiance: gain on linear light where the camera clipped, (3, height, width) float32, or None.
    """

    frame: Frame
    disparity: np.ndarray
    radiance: np.ndarray | None = None


def scenes(clip: ClipReader, analysis: Analysis) -> Iterator[tuple[Frame, np.ndarray]]:
    """Every frame of `clip` with its disparity, (height, width) float32, steady if the analysis says so.

    Raises InputError where the clip holds more frames than its header says, or disparity cannot be used.
    """
    for frame, disparity, _ in _steady(clip, analysis):
        yield frame, disparity


def repaired_scenes(
    clip: ClipReader, analysis: Analysis, repair: RepairSettings | None
) -> Iterator[AnalysedFrame]:
    """Every frame of `clip` with its scene, steady if the analysis says so and repaired unless that is None.

    Raises InputError as `scenes`.
    """
    if repair is None:
        for frame, disparity in scenes(clip, analysis):
            yield AnalysedFrame(frame, disparity)
        return
    from anybokeh.repair.repairing import repaired

    items = (
        (frame, _as_seen(frame.pixels), disparity, loose)
        for frame, disparity, loose in _steady(clip, analysis)
    )
    for found in repaired(items, repair):
        yield AnalysedFrame(*found)


def _as_seen(pixels: np.ndarray) -> np.ndarray:
    # floats are linear light, which the network has never seen
    return eight_bit(pixels) if pixels.dtype.kind == "f" else pixels


def _steady(clip: ClipReader, analysis: Analysis) -> Iterator[tuple[Frame, np.ndarray, np.ndarray]]:
    """The frames of `clip` with disparity as it is, and as it was before its outlines were aligned."""
    if not analysis.steady:
        for frame in clip:
            disparity = _disparity(frame, analysis)
            yield frame, disparity, disparity
        return
    from anybokeh.disparity.steadying import REACH, steadied_both

    frames = _with_context(clip, analysis, REACH)
    items = (((frame, requested), frame.pixels, _disparity(frame, analysis)) for frame, requested in frames)
    for (frame, _), disparity, loose in steadied_both(items, wanted=lambda tag: tag[1]):
        yield frame, disparity, loose


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
