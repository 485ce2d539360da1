"""Sharing the rows of a picture among threads.

Kernels release the interpreter's lock and take `thread` and `threads` first: call number `thread` draws
every `threads`-th row, so that all threads have an equal share of sky and ground. Every row is
computed by itself: the result does not depend on the number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from anybokeh.runtime.stages import helping


class Crew:
    """A few threads that run kernels; leaving the with block ends them."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or available_threads()
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="render")

    def run(self, kernel: Callable[..., None], *arguments: Any) -> None:
        """Call `kernel(thread, threads, *arguments)` for every thread and wait for all."""
        work = helping(kernel)
        shares = [self._pool.submit(work, thread, self.threads, *arguments) for thread in range(self.threads)]
        for share in shares:
            share.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()


def available_threads() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
