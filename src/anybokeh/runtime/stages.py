"""Where the time of a job goes: wall and processor seconds of each stage, over all threads.

A thread is in one stage at a time; entering one leaves the one before it until it ends. Nothing is measured,
and nothing costs anything, outside `recorded`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock, local
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

WAIT = "wait"
"""The stage of threads that wait for each other."""
OTHER = "other"
"""The stage of the thread that records, where it is in none."""
LIBRARIES = "threads of libraries"
"""What threads take that libraries start, as FFmpeg's decoders and encoders do."""


@dataclass(frozen=True)
class StageTime:
    """What a stage took.

    Attributes:
        stage: its name.
        wall: seconds that the threads of the job were in it; those that help them do not count.
        processor: seconds of processors, those of helping threads as well.
        helping: those of helping threads alone, which more processors would share.
    """

    stage: str
    wall: float
    processor: float
    helping: float = 0.0


class Stages:
    """Adds up the time of stages; of any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sums: dict[str, list[float]] = {}
        self._here = local()
        self._begun = time.process_time()
        self._processor: float | None = None

    def end(self) -> None:
        """The processor time of the process counts up to now."""
        self._processor = time.process_time() - self._begun

    def times(self) -> tuple[StageTime, ...]:
        """Of every stage, the most processor time first, and then what threads of libraries took."""
        with self._lock:
            found = [StageTime(name, *sums) for name, sums in self._sums.items()]
        found.sort(key=lambda one: (one.stage == WAIT, -one.processor))
        total = time.process_time() - self._begun if self._processor is None else self._processor
        rest = total - sum(one.processor for one in found)
        return (*found, StageTime(LIBRARIES, 0.0, max(0.0, rest)))

    def current(self) -> str | None:
        """The stage that this thread is in."""
        return getattr(self._here, "stage", None)

    def switch(self, stage: str | None, *, helping: bool = False) -> str | None:
        """Go on with another stage; returns the one before. helping: wall time does not count."""
        wall, processor = time.perf_counter(), time.thread_time()
        here, before = self._here, self.current()
        if before is not None:
            with self._lock:
                sums = self._sums.setdefault(before, [0.0, 0.0, 0.0])
                sums[0] += 0.0 if here.helping else wall - here.wall
                sums[1] += processor - here.processor
                sums[2] += processor - here.processor if here.helping else 0.0
        here.stage, here.wall, here.processor, here.helping = stage, wall, processor, helping
        return before


_RECORDER: ContextVar[Stages | None] = ContextVar("stages", default=None)
_NOTHING: AbstractContextManager[None] = nullcontext()


@contextmanager
def recorded() -> Iterator[Stages]:
    """Record the stages of a with block and of the threads that it starts."""
    recorder = Stages()
    token = _RECORDER.set(recorder)
    recorder.switch(OTHER)
    try:
        yield recorder
    finally:
        recorder.switch(None)
        recorder.end()
        _RECORDER.reset(token)


def stage(name: str) -> AbstractContextManager[None]:
    """A with block that is a stage."""
    recorder = _RECORDER.get()
    return _NOTHING if recorder is None else _Stage(recorder, name)


def within(name: str, items: Iterable[T]) -> Iterable[T]:
    """The same items; what it takes to make each is a stage, but for the stages within it."""
    recorder = _RECORDER.get()
    return items if recorder is None else _within(recorder, name, items)


def helping(work: Callable[..., R]) -> Callable[..., R]:
    """The same work for another thread, whose processor time counts for the stage that this one is in."""
    recorder = _RECORDER.get()
    name = None if recorder is None else recorder.current()
    if recorder is None or name is None:
        return work

    def helped(*arguments: Any) -> R:
        before = recorder.switch(name, helping=True)
        try:
            return work(*arguments)
        finally:
            recorder.switch(before)

    return helped


class _Stage(AbstractContextManager[None]):
    def __init__(self, recorder: Stages, name: str) -> None:
        self._recorder, self._name = recorder, name

    def __enter__(self) -> None:
        self._before = self._recorder.switch(self._name)

    def __exit__(self, *raised: object) -> None:
        self._recorder.switch(self._before)


def _within(recorder: Stages, name: str, items: Iterable[T]) -> Iterator[T]:
    iterator = iter(items)
    try:
        while True:
            with _Stage(recorder, name):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item
            # it may be large, and the next one takes memory as well
            del item
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
