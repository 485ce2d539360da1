"""Where the time of a loop goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from anybokeh.runtime.stages import stage

T = TypeVar("T")


class Stopwatch:
    """Adds up wall seconds by stage, in `seconds`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of a with block, which is a stage of a profile as well."""
        started = time.perf_counter()
        try:
            with stage(name):
                yield
        finally:
            self.seconds[name] += time.perf_counter() - started

    def waiting(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """Count the time spent waiting for each item."""
        iterator = iter(items)
        while True:
            with self.stage(name):
                try:
                    item = next(iterator)
                except StopIteration:
                    return
            yield item
            del item
