"""Processors of a machine shared out among workers that do not know of each other.

A worker holds the lock of a file for each processor that it takes; the system gives them back when it ends,
however it ends. Rendering, encoding and array libraries count the processors that a process may use.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import BinaryIO

_held: list[BinaryIO] = []
"""Open as long as this process lives."""


def take_processors(count: int, folder: Path | None = None) -> tuple[int, ...]:
    """Bind this process to `count` processors, none of which another worker has taken while they last."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(count)
    if not hasattr(os, "sched_setaffinity"):
        return ()
    every = sorted(os.sched_getaffinity(0))
    folder = folder or Path(tempfile.gettempdir()) / f"anybokeh-processors-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    taken = [number for number in every if len(_held) < count and _locked(folder / str(number))]
    # more workers than processors: better slow than not at all
    taken += [number for number in every if number not in taken][: count - len(taken)]
    os.sched_setaffinity(0, taken)
    return tuple(taken)


def _locked(path: Path) -> bool:
    import fcntl

    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    _held.append(file)
    return True
