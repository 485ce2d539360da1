"""Encoders must not change how the operating system schedules the program.

SVT-AV1 makes the thread that opens it, and its own, real-time ones where the user is root. They, and all that
is started by them afterwards, then starve everything else on the machine.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextlib.contextmanager
def same_scheduling() -> Iterator[None]:
    """All threads of the process are scheduled as this one was before; nothing happens but on Linux.

    Around all that may open an encoder, which the header of a file does as well as the first frame.
    """
    if sys.platform != "linux":
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != policy and _THREADS.is_dir():
            for thread in _THREADS.iterdir():
                with contextlib.suppress(OSError):
                    if os.sched_getscheduler(int(thread.name)) != policy:
                        os.sched_setscheduler(int(thread.name), policy, parameters)
