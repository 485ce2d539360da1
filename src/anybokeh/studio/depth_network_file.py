"""The depth network's file: whether it is on this machine, and fetching it when somebody asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anybokeh.runtime.steps import Steps
from anybokeh.storage.pinned import DEPTH_SMALL, describe, fetch, find
from anybokeh.studio.background_task import Task


class DepthNetworkFile:
    """offered: whether it may be fetched. came: called, in the background, once it is there."""

    def __init__(self, offered: bool, came: Callable[[], None]) -> None:
        self._offered = offered
        self._came = came
        self._task: Task[Path] | None = None
        self._lock = threading.Lock()

    def fetch(self) -> None:
        """Begin to fetch it, unless that goes on already."""
        with self._lock:
            if self._offered and (self._task is None or self._task.state != "working"):
                self._task = Task("depth network", self._fetch)

    def stop(self) -> None:
        """Stop fetching; what has arrived is kept."""
        if self._task is not None:
            self._task.stop()

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        task = self._task
        told = {"state": "", "done": 0, "total": None, "message": ""} if task is None else task.to_json()
        facts = {"title": DEPTH_SMALL.title, "size": describe(DEPTH_SMALL), "offered": self._offered}
        return told | facts | {"there": find(DEPTH_SMALL) is not None}

    def _fetch(self, steps: Steps) -> Path:
        file = fetch(DEPTH_SMALL, steps.begin("fetching"), even_offline=True)
        self._came()
        return file
