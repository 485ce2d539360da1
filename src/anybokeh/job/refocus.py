"""The main job: analyse a clip, render it segment by segment, and write the result.

Data flows one way. One thread decodes, one joins frames with their disparity into shots, the caller's thread
renders, and one encodes; each is at most a few frames ahead of the next, so memory does not grow with the
length of the clip.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from anybokeh import __version__
from anybokeh.clip import ClipInfo, ClipReader, check_output, open_clip
from anybokeh.clip.outputs import named_output
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError
from anybokeh.job.analysis import (
    Analysis,
    analyse,
    check_not_an_input,
    files_of,
    with_absolute_paths,
)
from anybokeh.job.clip_look import with_look
from anybokeh.job.compiling import compiled_beside
from anybokeh.job.engine import Engine, Here, Machines
from anybokeh.job.layers import check_layers
from anybokeh.job.open_input import open_input
from anybokeh.render import load_renderer
from anybokeh.runtime.interrupts import uninterrupted
from anybokeh.runtime.log import Log
from anybokeh.runtime.steps import Progress, Steps, steps_of
from anybokeh.runtime.stopwatch import Stopwatch
from anybokeh.runtime.system import peak_memory_mb
from anybokeh.segments.fingerprint import fingerprint
from anybokeh.segments.open_job import finished_before, frames_kept_at_a_time, open_job
from anybokeh.segments.resumable import Target
from anybokeh.settings import RenderSettings
from anybokeh.storage.copies import local_copies
from anybokeh.storage.staging import StagedOutput
from anybokeh.storage.urls import is_url, local_path


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
        analysing, waiting_for_input, rendering, waiting_for_output, joining: how `seconds` splits up in the
            rendering thread.
        transferring: wall time for files of stores, before and after.
        resumed: frames that an earlier run had finished.
        repeated: frames that could not be decoded and repeat the last good one, by their place in the source.
        notes: one-line remarks for the user.
        f_number: the smallest f-number that the blur amounts to, with the camera of the options; null without
            any blur.
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
    analysing: float = 0.0
    waiting_for_input: float = 0.0
    rendering: float = 0.0
    waiting_for_output: float = 0.0
    joining: float = 0.0
    transferring: float = 0.0
    resumed: int = 0
    repeated: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    f_number: float | None = None


def render_clip(
    input: str | Path,
    output: str | Path,
    *,
    settings: RenderSettings | None = None,
    progress: Steps | Progress | None = None,
    log: Log | None = None,
    cluster: Machines | None = None,
    **options: Any,
) -> RenderReport:
    """Refocus a clip from file to file.

    Examples:
        >>> render_clip("in.mp4", "out.mp4", disparity="disparity/", focus="mask:mask/", blur=24)

    Args:
        input: a video file or a folder of images, by path or URL.
        output: a video file, whose suffix chooses the container, or a folder for images; by path or URL.
        settings: all options at once.
        progress: called with the number of frames done and to do (None if unknown) after every segment, and
            while disparity or the focus is looked for; `anybokeh.Steps` are told which step it is, too. What
            it raises ends the render and comes out of this function; segments that are finished stay, so
            that `resume=True` goes on with them.
        log: receives what happens.
        cluster: renders the segments; None renders them in this process.
        **options: fields of `RenderSettings`, replacing those of `settings`.

    Raises:
        InputError: anything that a user can mend, as far as possible before work starts; no output is left.
    """
    settings = replace(settings or RenderSettings(), **options)
    log = log or Log(None)
    changed = {f.name: getattr(settings, f.name) for f in fields(settings) if f.name != "lens"}
    log.event("render started", input=input, output=output, settings=changed, lens=settings.lens)
    try:
        report = _staged(input, output, settings, steps_of(progress), log, cluster)
    except BaseException as error:
        reason = str(error) if isinstance(error, InputError) else repr(error)
        log.event("render ended", status="failed", output=output, error=reason)
        raise
    log.event("render ended", status="done", **asdict(report))
    return report


def _staged(
    input: str | Path,
    output: str | Path,
    settings: RenderSettings,
    steps: Steps,
    log: Log,
    cluster: Machines | None,
) -> RenderReport:
    """Render with files of stores brought here first, and an output for one taken there at the end."""
    watch = Stopwatch()
    store = None
    if is_url(output):
        here = local_path(str(output))
        output = here or output
        store = None if here else StagedOutput(str(output))
    with local_copies() as copies:
        if store is not None:
            # without what does not change the frames
            same = replace(settings, overwrite=False, resume=False)
            if store.begin(
                f"{__version__}\n{input}\n{same}", overwrite=settings.overwrite, resume=settings.resume
            ):
                return _uploaded_before(store.url, settings)
        with watch.stage("transferring"):
            if is_url(input):
                steps.begin("fetching")
            source, own = copies.path(input), copies.settings(settings)
        target = Path(output)
        if store is not None:
            own, target = replace(own, overwrite=False), store.path
        report = _render(source, target, own, steps, log, _seen(cluster, input, settings), watch)
        if store is not None:
            with watch.stage("transferring"):
                steps.begin("uploading")
                store.publish()
            log.event("uploaded", output=store.url)
    return replace(report, output=str(output), transferring=watch.seconds["transferring"])


def _seen(cluster: Machines | None, input: str | Path, settings: RenderSettings) -> _Elsewhere | None:
    if cluster is None:
        return None
    return _Elsewhere(
        cluster, str(input if is_url(input) else Path(input).absolute()), with_absolute_paths(settings)
    )


class _Elsewhere(NamedTuple):
    """Where segments are rendered, and what workers there call the clip and the files of the settings."""

    machines: Machines
    input: str
    settings: RenderSettings


def _render(
    input: Path,
    output: Path,
    settings: RenderSettings,
    steps: Steps,
    log: Log,
    elsewhere: _Elsewhere | None,
    watch: Stopwatch,
) -> RenderReport:
    started = time.perf_counter()
    output, naming, kind = named_output(output)
    settings = replace(settings, codec=settings.codec or kind)
    with open_input(input, settings) as clip, ExitStack() as compiling:
        check_not_an_input(output, clip.info.path, settings)
        if settings.resume and _is_there(output) and finished_before(output, settings.overwrite):
            return _already_whole(output, clip, settings)
        info = replace(clip.info, naming=naming)
        check_output(
            output,
            info,
            source=input,
            start=settings.start,
            end=settings.end,
            codec=settings.codec,
            crf=settings.crf,
            overwrite=settings.overwrite,
        )
        check_layers(output, info, settings)
        engine = _engine(settings, clip, elsewhere)
        if not engine.is_ready:
            compiling.enter_context(compiled_beside())
        with watch.stage("analysing"):
            analysis = with_look(analyse(clip, settings, steps), settings)
            identity = fingerprint(input, settings, files_of(settings), _results(engine, analysis))
        steps.say((*clip.info.notes, *analysis.notes))
        log.event(
            "analysed", frames=len(analysis.times), disparity=analysis.disparity.name, renderer=engine.name
        )
        length = frames_kept_at_a_time(engine.plan, settings.segment_frames)
        # an interrupt on the way into the block would leave the folder of segments behind
        with ExitStack() as stack:
            with uninterrupted():
                target = _target(input, output, info, settings)
                job = stack.enter_context(open_job(target, identity, length, settings.resume))
            resumed = frames = job.done
            if resumed:
                log.event("resumed", frames=resumed)
            progress = steps.begin("rendering", frames, clip.frame_count)
            if not engine.is_ready:
                steps.begin("compiling, only this time")
            for count in engine.segments(job, clip, analysis, length, watch, log):
                compiling.close()
                frames += count
                progress(frames, clip.frame_count)
            with watch.stage("joining"):
                steps.begin("joining")
                job.join()
            repeated = job.repeated
            if repeated:
                log.event("frames repeated", frames=repeated)
    seconds = time.perf_counter() - started
    return RenderReport(
        frames=frames,
        width=clip.info.width,
        height=clip.info.height,
        seconds=seconds,
        frames_per_second=frames / seconds,
        renderer=engine.name,
        disparity=analysis.disparity.name,
        peak_memory_mb=peak_memory_mb(),
        output=str(output),
        notes=clip.info.notes + analysis.notes + _damage(input, repeated) + tuple(job.notes) + engine.notes,
        analysing=watch.seconds["analysing"],
        waiting_for_input=watch.seconds["input"],
        rendering=watch.seconds["rendering"],
        waiting_for_output=watch.seconds["output"],
        joining=watch.seconds["joining"],
        resumed=resumed,
        repeated=repeated,
        f_number=analysis.f_number,
    )


def _engine(settings: RenderSettings, clip: ClipReader, elsewhere: _Elsewhere | None) -> Engine:
    size = clip.info.height, clip.info.width
    if elsewhere is None:
        renderer = load_renderer(settings.renderer, lens=settings.lens, device=settings.device)
        return Here(renderer, renderer.segments(*size), settings)
    return elsewhere.machines.engine(elsewhere.input, elsewhere.settings, *size)


def _target(input: str | Path, output: str | Path, info: ClipInfo, settings: RenderSettings) -> Target:
    return Target(
        Path(output),
        info,
        Path(input) if Path(input).is_file() else None,
        settings.start,
        settings.end,
        settings.codec,
        settings.crf,
    )


def _results(engine: Engine, analysis: Analysis) -> dict[str, object]:
    """What a resumed render must find again: its analysis may have taken another way."""
    track = analysis.track
    values = np.stack([track.focus, track.blur, track.range]).tobytes()
    return {
        "renderer that draws": engine.name,
        "device that draws": engine.drawn_by,
        "disparity that is used": analysis.disparity.name,
        "digest of the focus track": hashlib.sha256(values).hexdigest(),
    }


def _damage(input: Path, repeated: tuple[int, ...]) -> tuple[str, ...]:
    if not repeated:
        return ()
    runs: list[list[int]] = []
    for index in repeated:
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    places = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs[:20])
    more = f" and {len(runs) - 20} more runs" if len(runs) > 20 else ""
    return (f"{input}: damaged: {len(repeated)} frames repeat the last good one: {places}{more}",)


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


def _uploaded_before(url: str, settings: RenderSettings) -> RenderReport:
    """Report on an output in a store, where outputs only ever appear whole."""
    return RenderReport(
        frames=0,
        width=0,
        height=0,
        seconds=0.0,
        frames_per_second=0.0,
        renderer=settings.renderer,
        disparity=str(settings.disparity),
        peak_memory_mb=peak_memory_mb(),
        output=url,
        notes=(f"{url} is already whole: nothing to do",),
    )
