"""Frames of a clip with what is known of their scene, in order: what segments are cut from.

Steadying, repair, and what finds hidden surfaces, look some frames back and ahead. Where only a part of the
clip is rendered, the frames around it are read for that and not handed out, so that the part comes out as it
does in the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anybokeh.clip import ClipReader, Frame
from anybokeh.clip.eight_bit import eight_bit
from anybokeh.errors import InputError
from anybokeh.finish.protection import Protection
from anybokeh.refocus.analysis import Analysis
from anybokeh.repair import RepairSettings
from anybokeh.shot import Behind

if TYPE_CHECKING:
    from anybokeh.disparity.glimpses import Flows
    from anybokeh.repair.lamp_light import Light


_NOTHING = Protection()


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


class _Read(NamedTuple):
    """A frame as it is read.

    Attributes:
        frame: what of it is rendered.
        away: frames from the part that was requested, 0 within it.
        whole: as it was decoded.
        light: of its lamps.
    """

    frame: Frame
    away: int
    whole: Frame
    light: Light | None = None


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
    if not hidden:
        for one, disparity in _repaired(clip, analysis, repair, protection, 0, None):
            yield AnalysedFrame(one.frame, disparity, one.light, None, one.whole)
        return
    from anybokeh.disparity.glimpses import Flows
    from anybokeh.hidden.finding import REACH, with_hidden

    flows = Flows()
    known = _repaired(clip, analysis, repair, protection, REACH, flows)
    items = ((one, _with_alpha(one.frame, clip.info.has_alpha), disparity) for one, disparity in known)
    for one, disparity, behind in with_hidden(items, wanted=lambda one: one.away == 0, flows=flows):
        yield AnalysedFrame(one.frame, disparity, one.light, behind, one.whole)


def _with_alpha(frame: Frame, has_alpha: bool) -> np.ndarray:
    """Pixels (height, width, 3), or 4 where the clip has an alpha channel."""
    if not has_alpha:
        return frame.pixels
    full = 1 if frame.pixels.dtype.kind == "f" else np.iinfo(frame.pixels.dtype).max
    alpha = np.full_like(frame.pixels[..., 0], full) if frame.alpha is None else frame.alpha
    return np.dstack([frame.pixels, alpha])


def _repaired(
    clip: ClipReader,
    analysis: Analysis,
    repair: RepairSettings | None,
    protection: Protection,
    around: int,
    flows: Flows | None,
) -> Iterator[tuple[_Read, np.ndarray]]:
    """The frames of `clip` and `around` of the source on either side, with disparity and light."""
    reach = _reach(analysis)
    if repair is None:
        context = _with_context(clip, analysis, protection, reach + around)
        for one, disparity, _ in _steady(context, analysis, protection, around, flows):
            yield one, disparity
        return
    from anybokeh.repair.lamps_over_time import REACH
    from anybokeh.repair.repairing import lit, mended

    context = _with_context(clip, analysis, protection, max(reach + around, REACH))
    lamps = lit(((one, _as_seen(one.frame.pixels)) for one in context), repair)
    frames = (one._replace(light=light) for one, _, light in lamps)
    steady = _steady(frames, analysis, protection, around, flows)
    items = ((one, _as_seen(one.frame.pixels), disparity, loose) for one, disparity, loose in steady)
    yield from mended(items, repair)


def _as_seen(pixels: np.ndarray) -> np.ndarray:
    # floats are linear light, which the network has never seen
    return eight_bit(pixels) if pixels.dtype.kind == "f" else pixels


def _reach(analysis: Analysis) -> int:
    """Frames to either side that disparity depends on."""
    if not analysis.steady:
        return 0
    from anybokeh.disparity.steadying import REACH

    return REACH


def _steady(
    frames: Iterable[_Read], analysis: Analysis, protection: Protection, around: int, flows: Flows | None
) -> Iterator[tuple[_Read, np.ndarray, np.ndarray]]:
    """Those at most `around` frames away with disparity.

    After that comes disparity as it was before its outlines were aligned.
    """
    if not analysis.steady:
        for one in frames:
            if one.away <= around:
                disparity = _disparity(one.whole, analysis, protection)
                yield one, disparity, disparity
        return
    from anybokeh.disparity.steadying import steadied_both

    items = ((one, one.frame.pixels, _disparity(one.whole, analysis, protection)) for one in frames)
    yield from steadied_both(items, wanted=lambda one: one.away <= around, flows=flows)


def _disparity(frame: Frame, analysis: Analysis, protection: Protection) -> np.ndarray:
    if frame.index >= len(analysis.track):
        raise InputError(
            f"{analysis.info.path}: holds more frames than its header tells ({len(analysis.track)}); "
            "copy it into a new container (remux) and try again"
        )
    return protection.disparity(analysis.disparity.read(frame.index, frame.pixels), frame.index)


def _with_context(
    clip: ClipReader, analysis: Analysis, protection: Protection, reach: int
) -> Iterator[_Read]:
    """The frames of `clip`, and up to `reach` of the source before and after."""
    for frame, away in _around(clip, analysis, reach):
        yield _Read(protection.rendered_part(frame), away, frame)


def _around(clip: ClipReader, analysis: Analysis, reach: int) -> Iterator[tuple[Frame, int]]:
    """Frames, and how far outside the clip each is."""
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
