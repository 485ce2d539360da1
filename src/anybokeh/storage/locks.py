"""Locks between processes, where the system has them."""

from __future__ import annotations

from typing import Any


def lock_file(file: Any, *, shared: bool, wait: bool = True) -> bool:
    """Lock an open file until it is closed; returns whether it is locked.

    shared: others may hold it too if theirs are shared as well. wait: until it is free.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True
