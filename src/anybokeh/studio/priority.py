"""Work that nobody waits for steps back for what somebody does."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

_NICENESS = 10


def step_back() -> None:
    """Let other threads go first; nothing happens on systems that know no priority of threads."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
