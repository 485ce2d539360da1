"""Shots of a clip: frames with their scene, cut into the segments that a renderer wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import dropwhile
from typing import NamedTuple

import numpy as np

from anybokeh.clip import ClipReader, Frame, ahead
from anybokeh.clip.pixels import to_frames
from anybokeh.finish.protection import Protection
from anybokeh.job.analysed_frames import AnalysedFrame, whole_scenes
from anybokeh.job.analysis import Analysis
from anybokeh.job.frame_masks import FrameMasks, open_highlight_masks, open_protection_masks
from anybokeh.job.rendered import Part, part_of
from anybokeh.render.segment_plan import SegmentPlan, cut
from anybokeh.repair import RepairSettings, joined_gains
from anybokeh.runtime.stages import within
from anybokeh.segments.plan import Missing
from anybokeh.settings import RenderSettings
from anybokeh.shot import Behind, Scene, Shot

_CAMERAS = ("srgb", "bt709")
"""Transfer functions whose white is where a camera clips."""

_RUN_IN = 2
"""Frames decoded before those that a resumed render needs."""


class _Wanted(NamedTuple):
    """What a render does to the scene of a frame, beside what the analysis says."""

    repair: RepairSettings | None
    hidden: bool
    protection: Protection
    highlights: FrameMasks | None


def shots_of(
    run: Missing,
    clip: ClipReader,
    analysis: Analysis,
    plan: SegmentPlan,
    settings: RenderSettings,
) -> Iterator[Part]:
    """Shots from the first frame of a run on; where it ends is for the caller to see.

    Frames and their scenes are made ready in a thread of their own.

    Args:
        run: of segments of the output; what comes before it is not rendered again.
        clip: the clip, or the part of it that the settings choose.
        plan: how the renderer wants it cut.

    Yields:
        The frames to render, with a shot of them and their context.
    """
    wanted = _Wanted(
        repair_of(settings, analysis.info.transfer),
        settings.hidden,
        Protection(analysis.inside, open_protection_masks(settings, analysis.info, len(analysis.times))[0]),
        open_highlight_masks(settings, analysis.info, len(analysis.times))[0],
    )
    if run.index is None:
        yield from _shots(clip, analysis, plan, wanted)
        return
    times = analysis.times
    expected = clip.frame_count if clip.info.frame_count_exact else None
    if run.index >= len(times) or (expected is not None and run.frames >= expected):
        return
    before = min(plan.before, run.frames)
    first = run.index - before
    # from between two frames, so that rounding cannot lose one; and a few more, as deinterlacing looks back
    begin = max(first - _RUN_IN, run.index - run.frames)
    start = float(times[begin - 1] + times[begin]) / 2 if begin else 0.0
    with clip.part(start=start, end=settings.end) as part:
        yield from _shots(part, analysis, plan, wanted, first, before)


def repair_of(settings: RenderSettings, transfer: str) -> RepairSettings | None:
    """What is to be repaired in a clip of that transfer function, None if nothing is.

    The user's own rule for highlights takes the place of what would be found.
    """
    if not settings.repair:
        return None
    camera = transfer in _CAMERAS and settings.lens.highlight_strength == 0
    return RepairSettings(highlights=None if camera else False)


def _shots(
    clip: ClipReader,
    analysis: Analysis,
    plan: SegmentPlan,
    wanted: _Wanted,
    first: int = 0,
    context: int = 0,
) -> Iterator[Part]:
    """The clip cut into segments: the frames to render, and a shot of them with their context.

    Frames before the index `first` are passed over; the next `context` ones are not rendered.
    """
    scenes = whole_scenes(clip, analysis, wanted.repair, wanted.hidden, wanted.protection)
    known = dropwhile(lambda one: one.frame.index < first, scenes)
    # a shot is several times as large as the frames that it is made of: only that at work is made
    segments = ahead(within("shots", cut(known, plan, context)), 1)
    with closing(segments):  # type: ignore[type-var]
        # not in a loop, whose variable would keep the segment while its shot is rendered
        yield from map(lambda one: _shot(*one, analysis, wanted), segments)


def _shot(segment: list[AnalysedFrame], before: int, after: int, analysis: Analysis, wanted: _Wanted) -> Part:
    originals = [one.frame for one in segment]
    disparity = np.stack([one.disparity for one in segment])
    track = analysis.track[originals[0].index : originals[-1].index + 1]
    shot = Shot(
        np.stack([to_frames(frame.pixels) for frame in originals]),
        Scene(
            disparity,
            joined_gains([one.light for one in segment]),
            _behind(segment),
            _highlights(originals, wanted),
            analysis.soft,
        ),
        track.focus,
        track.blur,
        track.range,
        transfer=analysis.info.transfer,
        pixel_aspect=float(analysis.info.pixel_aspect),
        before=before,
        after=after,
    )
    kept = slice(before, len(originals) - after)
    part = part_of(originals[kept], shot, originals)
    if not wanted.protection:
        return part
    return part._replace(protection=wanted.protection, wholes=[one.whole for one in segment[kept]])


def _highlights(frames: list[Frame], wanted: _Wanted) -> np.ndarray | None:
    """(frames, height, width) of what is rendered of the frames, or None."""
    if wanted.highlights is None:
        return None
    return np.stack([wanted.protection.cut(wanted.highlights.read(frame.index)) for frame in frames])


def _behind(segment: list[AnalysedFrame]) -> tuple[Behind | None, ...] | None:
    found = tuple(one.behind for one in segment)
    return found if any(one is not None for one in found) else None
