"""The main job: analyse a clip, render it segment by segment, and write the result.

Data flows one way. One thread decodes, one joins frames with their disparity into shots, the caller's thread
renders, and one encodes; each is at most a few frames ahead of the next, so memory does not grow with the
length of the clip.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import dropwhile
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.analysis import Analysis, analyse, check_not_an_input, files_of
from anybokeh.clip import ClipReader, Frame, ahead, check_output, open_clip
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError
from anybokeh.interrupts import uninterrupted
from anybokeh.jobs.fingerprint import fingerprint
from anybokeh.jobs.open import finished_before, frames_kept_at_a_time, open_job
from anybokeh.jobs.resumable import Missing, Target
from anybokeh.pixels import to_frames, to_pixels
from anybokeh.render import load_renderer
from anybokeh.render.segments import Segments, cut
from anybokeh.repair import RepairSettings, joined_gains
from anybokeh.scenes import FrameScene, repaired_scenes
from anybokeh.settings import RenderSettings
from anybokeh.shot import Scene, Shot
from anybokeh.stopwatch import Stopwatch
from anybokeh.system import peak_memory_mb

_CAMERAS = ("srgb", "bt709")
"""Transfer functions whose white is where a camera clips."""

_RUN_IN = 2
"""Frames decoded before those that a resumed render needs."""

Progress = Callable[[int, int | None], None]
"""Called with the number of frames done and the number of frames to do, None if unknown."""


@dataclass(frozen=True)
class RenderReport:
    """What a render did.

    Attributes:
        frames, width, height: of the output.
        seconds: wall time from opening the input to the finished output.
        frames_per_second: frames / seconds.
        renderer, disparity: what was used.
        peak_memory_mb: largest resident memory of the process so far.
        output: the output's path.
        waiting_for_input, rendering, waiting_for_output, joining: how `seconds` splits up in the rendering
            thread.
        resumed: frames that an earlier run had finished.
        notes: one-line remarks for the user.
    """

    frames: int
    width: int
    height: int
    seconds: float
    frames_per_second: float
    renderer: str
    disparity: str
    peak_memory_mb: float
    output: str
    waiting_for_input: float = 0.0
    rendering: float = 0.0
    waiting_for_output: float = 0.0
    joining: float = 0.0
    resumed: int = 0
    notes: tuple[str, ...] = ()


def render_clip(
    input: str | Path,
    output: str | Path,
    *,
    settings: RenderSettings | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> RenderReport:
    """Refocus a clip from file to file.

    >>> render_clip("in.mp4", "out.mp4", disparity="disparity/", focus="mask:mask/", blur=24)

    Args:
        input: a video file or a folder of images.
        output: a video file, whose suffix chooses the container, or a folder for images.
        settings: all options at once.
        progress: called after every segment.
        **options: fields of `RenderSettings`, replacing those of `settings`.

    Raises:
        InputError: anything that a user can mend, as far as possible before work starts; no output is left.
    """
    settings = replace(settings or RenderSettings(), **options)
    started = time.perf_counter()
    with open_clip(input, start=settings.start, end=settings.end) as clip:
        check_not_an_input(output, clip.info.path, settings)
        if settings.resume and _is_there(Path(output)) and finished_before(Path(output), settings.overwrite):
            return _already_whole(Path(output), clip, settings)
        check_output(
            output,
            clip.info,
            source=input,
            start=settings.start,
            end=settings.end,
            codec=settings.codec,
            crf=settings.crf,
            overwrite=settings.overwrite,
        )
        renderer = load_renderer(settings.renderer, lens=settings.lens, device=settings.device)
        plan = renderer.segments(clip.info.height, clip.info.width)
        analysis = analyse(clip, settings, progress)
        repair = _repair(settings, analysis)
        identity = fingerprint(Path(input), settings, files_of(settings), _results(renderer.name, analysis))
        watch = Stopwatch()
        length = frames_kept_at_a_time(plan, settings.segment_frames)
        # an interrupt on the way into the block would leave the folder of segments behind
        with ExitStack() as stack:
            with uninterrupted():
                target = _target(input, output, clip, settings)
                job = stack.enter_context(open_job(target, identity, length, settings.resume))
            resumed = frames = job.done
            for run in job.missing():
                parts = _run(run, clip, analysis, plan, repair, settings)
                with closing(ahead(parts, 1)) as shots:  # type: ignore[arg-type]
                    for originals, shot in watch.waiting("input", shots):
                        with watch.stage("rendering"):
                            result = np.asarray(renderer.render(shot))
                        with watch.stage("output"):
                            for original, frame in zip(originals, result, strict=True):
                                job.write(replace(original, pixels=to_pixels(frame, original.pixels.dtype)))
                            segment = job.cut()
                        frames += len(originals)
                        if progress is not None:
                            progress(frames, clip.frame_count)
                        if segment == run.end:
                            break
            with watch.stage("joining"):
                job.join()
    seconds = time.perf_counter() - started
    return RenderReport(
        frames=frames,
        width=clip.info.width,
        height=clip.info.height,
        seconds=seconds,
        frames_per_second=frames / seconds,
        renderer=renderer.name,
        disparity=analysis.disparity.name,
        peak_memory_mb=peak_memory_mb(),
        output=str(output),
        notes=clip.info.notes + analysis.notes + tuple(job.notes),
        waiting_for_input=watch.seconds["input"],
        rendering=watch.seconds["rendering"],
        waiting_for_output=watch.seconds["output"],
        joining=watch.seconds["joining"],
        resumed=resumed,
    )


def _target(input: str | Path, output: str | Path, clip: ClipReader, settings: RenderSettings) -> Target:
    return Target(
        Path(output),
        clip.info,
        None if Path(input).is_dir() else Path(input),
        settings.start,
        settings.end,
        settings.codec,
        settings.crf,
    )


def _results(renderer: str, analysis: Analysis) -> dict[str, object]:
    """What a resumed render must find again: its analysis may have taken another way."""
    track = analysis.track
    values = np.stack([track.focus, track.blur, track.range]).tobytes()
    return {
        "renderer that draws": renderer,
        "disparity that is used": analysis.disparity.name,
        "digest of the focus track": hashlib.sha256(values).hexdigest(),
    }


def _run(
    run: Missing,
    clip: ClipReader,
    analysis: Analysis,
    plan: Segments,
    repair: RepairSettings | None,
    settings: RenderSettings,
) -> Iterator[tuple[list[Frame], Shot]]:
    """Shots from the first frame of a run on; where it ends is for the caller to see."""
    if run.index is None:
        yield from _shots(clip, analysis, plan, repair)
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
    with open_clip(analysis.info.path, start=start, end=settings.end) as part:
        yield from _shots(part, analysis, plan, repair, first, before)


def _repair(settings: RenderSettings, analysis: Analysis) -> RepairSettings | None:
    """What is to be repaired; the user's own rule for highlights takes the place of what would be found."""
    if not settings.repair:
        return None
    camera = analysis.info.transfer in _CAMERAS and settings.lens.highlight_strength == 0
    return RepairSettings(highlights=None if camera else False)


def _shots(
    clip: ClipReader,
    analysis: Analysis,
    plan: Segments,
    repair: RepairSettings | None,
    first: int = 0,
    context: int = 0,
) -> Iterator[tuple[list[Frame], Shot]]:
    """The clip cut into segments: the frames to render, and a shot of them with their context.

    Frames before the index `first` are passed over; the next `context` ones are not rendered.
    """
    known = dropwhile(lambda one: one.frame.index < first, repaired_scenes(clip, analysis, repair))
    for segment, before, after in cut(known, plan, context):
        yield _shot(segment, before, after, analysis)


def _shot(segment: list[FrameScene], before: int, after: int, analysis: Analysis) -> tuple[list[Frame], Shot]:
    originals = [one.frame for one in segment]
    disparity = np.stack([one.disparity for one in segment])
    track = analysis.track[originals[0].index : originals[-1].index + 1]
    shot = Shot(
        np.stack([to_frames(frame.pixels) for frame in originals]),
        Scene(disparity, joined_gains([one.radiance for one in segment])),
        track.focus,
        track.blur,
        track.range,
        transfer=analysis.info.transfer,
        pixel_aspect=float(analysis.info.pixel_aspect),
        before=before,
        after=after,
    )
    return originals[before : len(originals) - after], shot


def _is_there(output: Path) -> bool:
    return output.is_file() or (output.is_dir() and any(output.iterdir()))


def _already_whole(output: Path, clip: ClipReader, settings: RenderSettings) -> RenderReport:
    """Report on an output that an earlier run finished: outputs only ever appear whole."""
    with open_clip(output) as done:
        info = done.info
        frames = len(source_times(info))
    expected = clip.frame_count if clip.info.frame_count_exact else None
    if (info.width, info.height) != (clip.info.width, clip.info.height) or expected not in (None, frames):
        raise InputError(
            f"{output}: exists but is another render ({info.width}x{info.height}, {frames} frames); "
            "give another path or --overwrite"
        )
    return RenderReport(
        frames=frames,
        width=info.width,
        height=info.height,
        seconds=0.0,
        frames_per_second=0.0,
        renderer=settings.renderer,
        disparity=str(settings.disparity),
        peak_memory_mb=peak_memory_mb(),
        output=str(output),
        notes=(f"{output} is already whole: nothing to do",),
    )
