"""Focus that must be followed through the clip: points, masks and the subject."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from anybokeh.clip import ClipInfo, open_clip
from anybokeh.disparity import DisparitySource
from anybokeh.disparity.salient import SalientDisparity
from anybokeh.errors import InputError
from anybokeh.focus import FocusSpec
from anybokeh.focus.resolve import FocusResolver
from anybokeh.runtime.steps import Steps
from anybokeh.studio.background_task import Task
from anybokeh.subject.clip_subject import FINDING, ClipSubject, open_subject

_KEPT = 32
_LOOK = 0.1
"""Seconds between two signs of waiting."""


class Following:
    """The disparity of each focus at every frame, followed once in the background.

    info, times, disparity: the clip's.
    """

    def __init__(self, info: ClipInfo, times: np.ndarray, disparity: DisparitySource) -> None:
        self._info = info
        self._times = times
        self._disparity = disparity
        self._tasks: OrderedDict[FocusSpec, Task[np.ndarray]] = OrderedDict()
        self._notes: dict[FocusSpec, list[str]] = {}
        self._one_at_a_time = threading.Lock()
        self._lock = threading.Lock()
        self.subject: ClipSubject | None = None
        """The clip's subject once it was followed, else None."""

    def task(self, spec: FocusSpec) -> Task[np.ndarray]:
        """The work that follows it, begun at the first question; its result is (frames,) float32."""
        with self._lock:
            task = self._tasks.get(spec)
            if task is None or task.state == "stopped":
                task = Task(f"follow {spec}", lambda steps: self._follow(spec, steps))
                self._tasks[spec] = task
            self._tasks.move_to_end(spec)
            while len(self._tasks) > _KEPT:
                self._tasks.popitem(last=False)[1].stop()
            return task

    def resolve(self, spec: FocusSpec, frames: np.ndarray, waiting: Callable[[], object]) -> np.ndarray:
        """Waits until it was followed, and tells that again and again; InputError where it cannot be."""
        task = self.task(spec)
        while not task.wait(_LOOK):
            waiting()
        if task.result is None:
            raise InputError(task.message or "what the focus follows could not be found")
        return task.result[frames]

    def working(self) -> list[dict[str, Any]]:
        """What is being followed now, for the page."""
        with self._lock:
            tasks = list(self._tasks.items())
        return [{"spec": str(spec), **task.to_json()} for spec, task in tasks if task.state == "working"]

    def notes(self) -> dict[str, list[str]]:
        """What the user should know of each focus that was followed, for the page."""
        with self._lock:
            return {str(spec): list(notes) for spec, notes in self._notes.items() if spec in self._tasks}

    def stop(self) -> None:
        """Stop everything."""
        with self._lock:
            tasks = list(self._tasks.values())
        for task in tasks:
            task.stop()

    def _follow(self, spec: FocusSpec, steps: Steps) -> np.ndarray:
        count = len(self._times)
        progress = steps.step("following the focus")

        def frames() -> Iterator[np.ndarray]:
            with open_clip(self._info.path) as clip:
                for frame in clip:
                    progress(frame.index, count)
                    yield frame.pixels

        found: list[ClipSubject] = []

        def subject() -> ClipSubject:
            if isinstance(self._disparity, SalientDisparity):
                found.append(self._disparity.subject)
            else:
                found.append(open_subject(self._info, self._times, progress=steps.step(FINDING)))
            return found[0]

        displayed = (self._info.displayed_width, self._info.height)
        with self._one_at_a_time:
            progress(0, count)
            resolver = FocusResolver(
                self._disparity, self._times, displayed, frames, subject, numbers=self._info.numbers
            )
            result = resolver(spec, np.arange(count))
        with self._lock:
            self._notes[spec] = resolver.notes
            self.subject = found[0] if found else self.subject
        return result
