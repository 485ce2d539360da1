"""An engine whose segments the workers of a cluster render."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from anybokeh.clip import ClipReader
from anybokeh.clip.info import exact_seconds
from anybokeh.cluster.clip_task import ClipTask, clip_task
from anybokeh.cluster.maker import RenderedSegment
from anybokeh.job.analysis import Analysis
from anybokeh.render.segment_plan import SegmentPlan
from anybokeh.runtime.log import Log
from anybokeh.runtime.stopwatch import Stopwatch
from anybokeh.segments.plan import Missing, segment_count
from anybokeh.segments.resumable import ResumableOutput
from anybokeh.settings import RenderSettings

RenderRuns = Callable[
    [ClipTask, Sequence[Missing], Callable[..., object]], Generator[RenderedSegment, None, None]
]
"""Renders runs of a clip's segments and tells events by name and fields, as `Cluster.render` does."""


@dataclass(frozen=True)
class OnCluster:
    """Each segment is rendered and encoded by a worker; here they are kept and joined.

    render: what renders the segments. drawn_by: what the first worker renders on.
    input, settings: what workers call the clip and the files.
    """

    render: RenderRuns
    name: str
    plan: SegmentPlan
    drawn_by: str
    input: str
    settings: RenderSettings
    is_ready: bool = True
    """Workers compile for themselves."""
    _told: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """Of workers, each with its name."""
        return tuple(dict.fromkeys(self._told))

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
        first, frames = _extent(clip, analysis, self.settings)
        runs = job.unfinished(segment_count(frames, self.plan, length), first)
        task = clip_task(self.input, self.settings, analysis, job.format, length)
        with closing(self.render(task, runs, log.event)) as rendered:
            for one in watch.waiting("rendering", rendered):
                with watch.stage("output"):
                    if one.segment.frames:
                        job.put(one.segment)
                number, seconds = one.segment.number, round(one.seconds, 3)
                log.event("segment rendered", segment=number, worker=one.worker, seconds=seconds)
                self._told.extend(f"{one.worker}: {note}" for note in one.notes)
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
