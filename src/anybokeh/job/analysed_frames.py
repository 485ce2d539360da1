"""Frames of a clip with what is known of their scene, in order: what segments are cut from.

Steadying, repair, and what finds hidden surfaces, look some frames back and ahead. Where only a part of the
clip is rendered, the frames around it are read for that and not handed out, so that the part comes out as it
does in the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anybokeh.clip import ClipReader, Frame
from anybokeh.errors import InputError
from anybokeh.finish.protection import Protection
from anybokeh.job.analysis import Analysis
from anybokeh.job.known_scenes import Given, SceneSteps, known_scenes
from anybokeh.repair import RepairSettings
from anybokeh.runtime.stages import stage, within
from anybokeh.runtime.system import return_gaps
from anybokeh.shot import Behind

if TYPE_CHECKING:
    from anybokeh.repair.lamp_light import Light


_NOTHING = Protection()
_TIDY_FRAMES, _TIDY_PIXELS = 4, 8_000_000
"""Frames, and their pixels, after which gaps in memory are returned: more often would cost time."""


class AnalysedFrame(NamedTuple):
    """One frame and its scene.

    Attributes:
        frame: what of it is rendered.
        disparity: (height, width) float32 in [0, 1].
        light: of its lamps, above what the camera recorded, or None.
        behind: what other frames saw behind what is near, or None.
        whole: as it was decoded.
    """

    frame: Frame
    disparity: np.ndarray
    light: Light | None
    behind: Behind | None
    whole: Frame


def scenes(clip: ClipReader, analysis: Analysis) -> Iterator[tuple[Frame, np.ndarray]]:
    """Every frame of `clip` with its disparity, (height, width) float32, steady if the analysis says so.

    Raises InputError where the clip holds more frames than its header says, or disparity cannot be used.
    """
    for one in whole_scenes(clip, analysis, None, hidden=False):
        yield one.frame, one.disparity


def whole_scenes(
    clip: ClipReader,
    analysis: Analysis,
    repair: RepairSettings | None,
    hidden: bool,
    protection: Protection = _NOTHING,
) -> Iterator[AnalysedFrame]:
    """Every frame of `clip` with its scene, without what stays as it came.

    It is steady if the analysis says so, repaired unless that is None, and with what is hidden if that is
    wanted. Raises InputError as `scenes`.
    """
    if repair is not None and analysis.soft:
        repair = replace(repair, disparity=False)
    steps = SceneSteps(analysis.steady, repair, hidden)
    frames = within("shots", _given(clip, analysis, protection, steps.reach))
    known = known_scenes(frames, lambda both: _disparity(both[1], analysis, protection), steps)
    for (part, whole), disparity, light, behind in known:
        yield AnalysedFrame(part, disparity, light, behind, whole)


def _given(
    clip: ClipReader, analysis: Analysis, protection: Protection, reach: int
) -> Iterator[Given[tuple[Frame, Frame]]]:
    """What is rendered of frames, and the whole ones."""
    frames = pixels = 0
    for whole, away in _around(clip, analysis, reach):
        frames, pixels = frames + 1, pixels + whole.pixels.shape[0] * whole.pixels.shape[1]
        if frames >= _TIDY_FRAMES and pixels >= _TIDY_PIXELS:
            return_gaps()
            frames = pixels = 0
        part = protection.rendered_part(whole)
        alpha = _alpha(part) if clip.info.has_alpha else None
        yield Given((part, whole), part.pixels, away, alpha)


def _alpha(frame: Frame) -> np.ndarray:
    """(height, width) of the type of its pixels."""
    if frame.alpha is not None:
        return frame.alpha
    full = 1 if frame.pixels.dtype.kind == "f" else np.iinfo(frame.pixels.dtype).max
    return np.full_like(frame.pixels[..., 0], full)


def _disparity(frame: Frame, analysis: Analysis, protection: Protection) -> np.ndarray:
    if frame.index >= len(analysis.track):
        raise InputError(
            f"{analysis.info.path}: holds more frames than its header tells ({len(analysis.track)}); "
            "copy it into a new container (remux) and try again"
        )
    with stage("disparity"):
        return protection.disparity(analysis.disparity.read(frame.index, frame.pixels), frame.index)


def _around(clip: ClipReader, analysis: Analysis, reach: int) -> Iterator[tuple[Frame, int]]:
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
