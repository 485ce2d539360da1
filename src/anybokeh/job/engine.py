"""Where segments are rendered: in this process, or on other machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from anybokeh.clip import ClipReader
from anybokeh.job.analysis import Analysis
from anybokeh.job.layers import with_layers
from anybokeh.job.rendered import finish_of, rendered_frames
from anybokeh.job.segment_shots import shots_of
from anybokeh.render import Renderer, drawn_by, notes_of
from anybokeh.render.segment_plan import SegmentPlan
from anybokeh.runtime.log import Log
from anybokeh.runtime.stages import within
from anybokeh.runtime.stopwatch import Stopwatch
from anybokeh.segments.resumable import ResumableOutput
from anybokeh.settings import RenderSettings


class Engine(Protocol):
    """Renders what is missing of an output.

    Attributes:
        name: of the renderer.
        plan: how it wants a clip cut.
        drawn_by: what it renders on, in words.
        is_ready: whether it can begin at once, and needs not be compiled first.
        notes: one-line remarks for the user, once it has rendered.
    """

    @property
    def name(self) -> str: ...
    @property
    def plan(self) -> SegmentPlan: ...
    @property
    def drawn_by(self) -> str: ...
    @property
    def is_ready(self) -> bool: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

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


class Machines(Protocol):
    """Other machines that render, as `anybokeh.cluster.Cluster` does."""

    def engine(self, input: str, settings: RenderSettings, height: int, width: int) -> Engine:
        """An engine for a clip of that size; input, settings: as these machines name the files."""
        ...


@dataclass(frozen=True)
class Here:
    """Decoding, rendering and encoding overlap in threads of this process."""

    renderer: Renderer
    plan: SegmentPlan
    settings: RenderSettings

    @property
    def name(self) -> str:
        """Of the renderer."""
        return self.renderer.name

    @property
    def drawn_by(self) -> str:
        """What the renderer renders on."""
        return drawn_by(self.renderer)

    @property
    def is_ready(self) -> bool:
        """Whether compiled code is kept from an earlier render."""
        if self.renderer.name != "layered":
            return True
        from anybokeh.render.layered import LayeredRenderer
        from anybokeh.render.splat import splat
        from anybokeh.runtime.jit import is_compiled

        return not isinstance(self.renderer, LayeredRenderer) or is_compiled(splat)

    @property
    def notes(self) -> tuple[str, ...]:
        """Of the renderer, if it makes any."""
        return notes_of(self.renderer)

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
        finish = finish_of(analysis, self.settings)
        for run in job.missing():
            number = run.first
            parts = shots_of(run, clip, analysis, self.plan, self.settings)
            with closing(parts):  # type: ignore[type-var]
                for part in watch.waiting("input", within("shots", parts)):
                    with watch.stage("rendering"):
                        rendered = rendered_frames(
                            self.renderer, part, self.settings.lens, finish, coverage=self.settings.layers
                        )
                        result = list(with_layers(rendered, part, self.settings))
                    del rendered, part
                    with watch.stage("output"):
                        for frame in result:
                            job.write(frame)
                        segment = job.cut()
                    yield len(result)
                    if segment != number:
                        log.event("segment rendered", segment=number)
                        number = segment
                    if segment == run.end:
                        break
