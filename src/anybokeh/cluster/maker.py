"""Renders segments of one clip after another; a Ray actor, but it works without Ray as well."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anybokeh.clip import ClipReader, Frame
from anybokeh.cluster.clip_task import ClipTask, versions
from anybokeh.cluster.processors import take_processors
from anybokeh.disparity import open_disparity
from anybokeh.disparity.choose import with_matte
from anybokeh.disparity.pairing import paired
from anybokeh.errors import InputError
from anybokeh.job.analysis import Analysis, wants_edges
from anybokeh.job.layers import with_layers
from anybokeh.job.open_input import open_input
from anybokeh.job.rendered import finish_of, rendered_frames
from anybokeh.job.segment_shots import shots_of
from anybokeh.render import Renderer, drawn_by, load_renderer, notes_of
from anybokeh.render.segment_plan import SegmentPlan
from anybokeh.runtime.file_patterns import exists
from anybokeh.runtime.system import keep_freed_memory
from anybokeh.segments.encoded_segment import EncodedSegment, make_segment
from anybokeh.segments.plan import Missing
from anybokeh.settings import RenderSettings
from anybokeh.storage.copies import local_copies


@dataclass(frozen=True)
class RenderedSegment:
    """A rendered segment, the worker that rendered it, the seconds that took, and remarks for the user."""

    segment: EncodedSegment
    worker: str
    seconds: float
    notes: tuple[str, ...] = ()


class SegmentMaker:
    """Keeps the renderer with its weights, and the clip that was asked for last, open."""

    def __init__(self, cpus: int | None = None) -> None:
        """cpus: how many processors to be bound to; None leaves that as it is."""
        if cpus is not None:
            take_processors(cpus)
            os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
            keep_freed_memory()
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._renderer: Renderer | None = None
        self._loaded: tuple[Any, ...] | None = None
        self._clip: _OpenClip | None = None
        self._key: str | None = None

    def who(self) -> tuple[str, dict[str, str]]:
        """A name of this worker, and the versions that it works with."""
        return self._worker, versions()

    def plan(self, settings: RenderSettings, height: int, width: int) -> tuple[str, SegmentPlan, str]:
        """The renderer's name, how it wants a clip cut, and what it renders on; raises InputError."""
        renderer = self._load(settings)
        return renderer.name, renderer.segments(height, width), drawn_by(renderer)

    def make(self, key: str, box: list[Any], run: Missing) -> RenderedSegment:
        """Render one segment.

        Args:
            key: of the task, to know it again.
            box: holds the `ClipTask`, or Ray's reference to it, which is fetched once.

        Raises:
            InputError: what a user can mend.
        """
        started = time.perf_counter()
        if self._clip is None or self._key != key:
            self.close()
            self._clip, self._key = _OpenClip(_fetched(box[0])), key
        task = self._clip.task
        renderer = self._load(task.settings)
        with tempfile.TemporaryDirectory(prefix="anybokeh-") as folder, ExitStack() as stack:
            frames = stack.enter_context(closing(self._clip.frames(run, renderer)))
            segment = make_segment(run.first, frames, task.format, Path(folder))
        return RenderedSegment(segment, self._worker, time.perf_counter() - started, notes_of(renderer))

    def close(self) -> None:
        """Let go of the clip."""
        if self._clip is not None:
            self._clip.close()
        self._clip = None

    def _load(self, settings: RenderSettings) -> Renderer:
        key = settings.renderer, settings.lens, settings.device
        if self._renderer is None or self._loaded != key:
            with local_copies() as copies:
                own = copies.settings(RenderSettings(renderer=settings.renderer, lens=settings.lens))
                self._renderer = load_renderer(own.renderer, lens=own.lens, device=settings.device)
            self._loaded = key
        return self._renderer


def _fetched(task: Any) -> ClipTask:
    if isinstance(task, ClipTask):
        return task
    import ray

    return ray.get(task)


class _OpenClip:
    def __init__(self, task: ClipTask) -> None:
        self.task = task
        with ExitStack() as stack:
            copies = stack.enter_context(local_copies())
            self._settings = settings = copies.settings(task.settings)
            input = copies.path(task.input)
            if not exists(input):
                raise InputError(
                    f"{task.input}: is not there on the worker {socket.gethostname()}; put it where all"
                    " machines of the cluster see it, or in a store (s3://...)"
                )
            self._clip = stack.enter_context(open_input(input, settings))
            self._check(self._clip)
            disparity = task.disparity
            if disparity is None:
                disparity = open_disparity(
                    settings.disparity,
                    normalise=settings.normalise,
                    depth_map=settings.depth_map,
                    fit=settings.disparity_fit,
                    channel=settings.depth_channel,
                    edges=wants_edges(settings),
                )
                disparity, _ = paired(disparity, self._clip.info, task.times, settings.disparity_timing)
            disparity = with_matte(settings.matte, settings.device)(disparity)
            self._analysis = Analysis(
                self._clip.info,
                task.times,
                disparity,
                task.track,
                steady=task.steady,
                soft=task.soft,
                grain=task.grain,
                inside=task.inside,
            )
            self._finish = finish_of(self._analysis, settings)
            self._resources = stack.pop_all()

    def _check(self, clip: ClipReader) -> None:
        expected, found = self.task.info, clip.info
        same = replace(found, path=expected.path, notes=expected.notes) == expected
        if not same:
            raise InputError(f"{self.task.input}: is another clip on the worker {socket.gethostname()}")

    def frames(self, run: Missing, renderer: Renderer) -> Generator[Frame, None, None]:
        """The rendered frames of a run."""
        info = self._clip.info
        plan = renderer.segments(info.height, info.width)
        count = 0
        shots = shots_of(run, self._clip, self._analysis, plan, self._settings)
        with closing(shots):  # type: ignore[type-var]
            for part in shots:
                rendered = rendered_frames(
                    renderer, part, self._settings.lens, self._finish, coverage=self._settings.layers
                )
                yield from with_layers(rendered, part, self._settings)
                count += len(part.frames)
                del rendered, part
                if run.end is not None and count >= self.task.length:
                    return

    def close(self) -> None:
        self._resources.close()
