"""Where segments are rendered: in this process, or on the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from anybokeh.analysis import Analysis
from anybokeh.clip import ClipReader, ahead
from anybokeh.clip.info import exact_seconds
from anybokeh.jobs.log import Log
from anybokeh.jobs.plan import segment_count
from anybokeh.jobs.resumable import ResumableOutput
from anybokeh.pixels import to_pixels
from anybokeh.render import Renderer
from anybokeh.render.segments import Segments
from anybokeh.settings import RenderSettings
from anybokeh.shots import shots_of
from anybokeh.stopwatch import Stopwatch

if TYPE_CHECKING:
    from anybokeh.jobs.cluster import Cluster


class Engine(Protocol):
    """Renders what is missing of an output. name: of the renderer. plan: how it wants a clip cut."""

    @property
    def name(self) -> str: ...
    @property
    def plan(self) -> Segments: ...

    def segments(
        self,
        job: ResumableOutput,
        clip: ClipReader,
        analysis: Analysis,
        length: int,
        watch: Stopwatch,
        log: Log,
    ) -> Iterator[int]:
        """Render all segments of `length` frames that the job lacks; yields frames as they are done."""
        ...


@dataclass(frozen=True)
class Here:
    """Decoding, rendering and encoding overlap in threads of this process."""

    renderer: Renderer
    plan: Segments
    settings: RenderSettings

    @property
    def name(self) -> str:
        """Of the renderer."""
        return self.renderer.name

    def segments(
        self,
        job: ResumableOutput,
        clip: ClipReader,
        analysis: Analysis,
        length: int,
        watch: Stopwatch,
        log: Log,
    ) -> Iterator[int]:
        """In order."""
        for run in job.missing():
            number = run.first
            parts = shots_of(run, clip, analysis, self.plan, self.settings)
            with closing(ahead(parts, 1)) as shots:  # type: ignore[arg-type]
                for originals, shot in watch.waiting("input", shots):
                    with watch.stage("rendering"):
                        result = np.asarray(self.renderer.render(shot))
                    with watch.stage("output"):
                        for original, frame in zip(originals, result, strict=True):
                            job.write(replace(original, pixels=to_pixels(frame, original.pixels.dtype)))
                        segment = job.cut()
                    yield len(originals)
                    if segment != number:
                        log.event("segment rendered", segment=number)
                        number = segment
                    if segment == run.end:
                        break


@dataclass(frozen=True)
class OnCluster:
    """Each segment is rendered and encoded by a worker; here they are kept and joined.

    input, settings: what workers call the clip and the files.
    """

    cluster: Cluster
    name: str
    plan: Segments
    input: str
    settings: RenderSettings

    def segments(
        self,
        job: ResumableOutput,
        clip: ClipReader,
        analysis: Analysis,
        length: int,
        watch: Stopwatch,
        log: Log,
    ) -> Iterator[int]:
        """As workers finish them."""
        from anybokeh.jobs.cluster.task import clip_task

        first, frames = _extent(clip, analysis, self.settings)
        runs = job.unfinished(segment_count(frames, self.plan, length), first)
        task = clip_task(self.input, self.settings, analysis, job.format, length)
        with closing(self.cluster.render(task, runs, log.event)) as made:
            for one in watch.waiting("rendering", made):
                with watch.stage("output"):
                    if one.segment.frames:
                        job.put(one.segment)
                number, seconds = one.segment.number, round(one.seconds, 3)
                log.event("segment rendered", segment=number, worker=one.worker, seconds=seconds)
                yield one.segment.frames
        job.end()


def _extent(clip: ClipReader, analysis: Analysis, settings: RenderSettings) -> tuple[int, int]:
    """Index of the first frame to render, and how many there are to come."""
    slack = 1e-9  # times are rounded; no two frames are that close
    start, end = exact_seconds(settings.start), exact_seconds(settings.end)
    first = 0 if start is None else int(np.searchsorted(analysis.times, float(start) - slack))
    last = len(analysis.times) if end is None else int(np.searchsorted(analysis.times, float(end) - slack))
    ranged = start is not None or end is not None
    return first, clip.frame_count if ranged and clip.frame_count is not None else max(0, last - first)
