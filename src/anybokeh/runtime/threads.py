"""Sharing the rows of a picture among threads.

Kernels release the interpreter's lock and take `thread` and `threads` first: call number `thread` draws
every `threads`-th row, so that all threads have an equal share of sky and ground. Every row is
computed by itself: the result does not depend on the number of threads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from anybokeh.runtime.stages import helping

_NO_QUOTA = 1 << 16


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
    """Processors that this process may use, by its affinity and the quota of its container."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:
        count = os.cpu_count() or 1
    return max(1, min(count, _processors_of(_quota())))


def _processors_of(quota: str) -> int:
    """Processors by the text of `cpu.max` of a control group: microseconds in a period, or `max`."""
    share, _, period = quota.partition(" ")
    if not (share.isdecimal() and period.strip().isdecimal()):
        return _NO_QUOTA
    return math.ceil(int(share) / int(period))


@cache
def _quota() -> str:
    try:
        return Path("/sys/fs/cgroup/cpu.max").read_text("ascii")
    except (OSError, ValueError):
        return ""
