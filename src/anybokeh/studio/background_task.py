"""Work in the background that reports its progress and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Generic, TypeVar

from anybokeh.errors import InputError
from anybokeh.runtime.steps import Remaining, Steps
from anybokeh.runtime.whole_files import UNFINISHED
from anybokeh.studio.fault_log import log_fault
from anybokeh.studio.priority import step_back

T = TypeVar("T")
_PATIENCE = 2.0


class Stopped(Exception):
    """Raised in the work itself once it shall stop."""


class Task(Generic[T]):
    """Runs `work(steps)` in a thread of its own; the work must tell the steps now and then how far it is.

    state: working, done, failed or stopped. message: one sentence where it failed. result: where it is done.
    """

    def __init__(self, name: str, work: Callable[[Steps], T]) -> None:
        self.state = "working"
        self.step = ""
        self.left = ""
        self.done = 0
        self.total: int | None = None
        self.message = ""
        self.result: T | None = None
        self._work = work
        self._remaining = Remaining()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop at the next sign of progress; waits a moment for that."""
        self._stop.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(_PATIENCE)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        names = ("state", "step", "left", "done", "total", "message")
        return {name: getattr(self, name) for name in names}

    def _tell(self, step: str, done: int, total: int | None) -> None:
        self.step, self.done, self.total = step, done, total
        self.left = self._remaining.text(step, done, total)
        if self._stop.is_set():
            raise Stopped

    def _run(self) -> None:
        step_back()
        try:
            self.result = self._work(Steps(self._tell))
            self.state = "done"
        except Stopped:
            self.state = "stopped"
        except Exception as error:
            log_fault(self._thread.name, error)
            self.message = sentence_of(error)
            self.state = "failed"


def sentence_of(error: BaseException) -> str:
    """What the user is shown of an error, in one line."""
    if isinstance(error, InputError):
        return " ".join(str(error).splitlines())
    if isinstance(error, MemoryError):
        return "Out of memory; close other programs or choose a smaller clip."
    if isinstance(error, OSError):
        # files that are only written to for a while say nothing to anybody
        named = error.filename and not fnmatch(Path(str(error.filename)).name, UNFINISHED)
        what = f"{error.filename}: {error.strerror}" if named else error.strerror or str(error)
        return f"{what}; check the disk and the folder"
    return f"This is a fault of the studio: {type(error).__name__}: {error}"
