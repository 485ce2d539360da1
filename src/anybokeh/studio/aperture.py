"""The blur of a track whose keyframes give the aperture, at every frame as a render makes it."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.disparity import DisparitySource
from anybokeh.disparity.metres import metres_of
from anybokeh.focus import AutoFocus, PartialTrack, combine, combined_focus, silent_frames
from anybokeh.job.photography import Photograph
from anybokeh.runtime.steps import Steps
from anybokeh.studio.background_task import Task
from anybokeh.studio.document import Document
from anybokeh.studio.following import Following


class Aperture:
    """K at every frame for what a document says, worked out in the background.

    info, times, disparity, following: the clip's.
    """

    def __init__(
        self, info: ClipInfo, times: np.ndarray, disparity: DisparitySource, following: Following
    ) -> None:
        self._times = times
        self._metres = metres_of(disparity)
        self._aspect = info.displayed_width / info.height
        self._following = following
        self._asked: Any = None
        self._task: Task[np.ndarray] | None = None
        self._lock = threading.Lock()

    def task(self, document: Document) -> Task[np.ndarray]:
        """The work for a document; its result is (frames,) float32.

        Where it failed that is told once: the next question begins it anew.
        """
        asked = document.track, document.camera, document.part.first
        with self._lock:
            task = self._task
            if task is None or asked != self._asked or task.state == "stopped":
                if task is not None:
                    task.stop()
                task = Task("aperture", partial(self._blur, document))
            self._asked, self._task = asked, None if task.state == "failed" else task
            return task

    def stop(self) -> None:
        """Stop what goes on."""
        with self._lock:
            if self._task is not None:
                self._task.stop()

    def _blur(self, document: Document, steps: Steps) -> np.ndarray:
        resolve = partial(self._following.resolve, waiting=partial(steps.begin, "following the focus"))
        count, first = len(self._times), document.part.first or 0
        sources = [document.read_track().evaluate(self._times, resolve)]
        frames = np.arange(count)
        if silent_frames(frames, *sources).size:
            sources.append(PartialTrack(focus=resolve(AutoFocus(), frames)))
        photograph = Photograph(document.camera, self._metres, self._aspect, min(first, count - 1))
        blurred, _, _ = photograph.blurred(sources, combined_focus(count, *sources))
        return combine(count, *blurred).blur
