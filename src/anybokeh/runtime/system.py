"""This process and its operating system."""

from __future__ import annotations

import sys
from typing import Any


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far in megabytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)


def keep_freed_memory() -> None:
    """Let the C library keep freed arrays for the next frame instead of returning them to the system.

    Pictures are large enough that glibc maps and unmaps each one anew, and the page faults cost a tenth of a
    render. Threads share what was freed. For whole programs, not for libraries. Without effect elsewhere.
    """
    global _keeps
    _keeps = True
    _set_allocator({_MOST_ARENAS: 1, _MOST_MAPPINGS: 0, _TRIM_THRESHOLD: 1 << 30})


def return_freed_memory() -> None:
    """Let the C library give freed arrays back at once: the opposite of `keep_freed_memory`.

    Networks allocate arrays of many sizes, which would leave holes that are never filled, so that memory grew
    with the length of a clip.
    """
    global _keeps
    _keeps = False
    _set_allocator({_MOST_MAPPINGS: 1 << 16, _TRIM_THRESHOLD: 1 << 20, _MAPPING_THRESHOLD: 1 << 20})


def return_gaps() -> None:
    """Return what `keep_freed_memory` keeps between arrays that are in use: to be called now and then.

    Arrays that stay for long lie between others that come and go, and leave gaps into which nothing fits.
    """
    trim = _allocator("malloc_trim") if _keeps else None
    if trim is not None:
        trim(0)


_keeps = False
_TRIM_THRESHOLD, _MAPPING_THRESHOLD, _MOST_MAPPINGS, _MOST_ARENAS = -1, -3, -4, -8
"""Of mallopt(3)."""


def _set_allocator(values: dict[int, int]) -> None:
    mallopt = _allocator("mallopt")
    if mallopt is not None:
        for parameter, value in values.items():
            mallopt(parameter, value)


def _allocator(function: str) -> Any:
    """A function of glibc's allocator, None where there is another."""
    if sys.platform != "linux":
        return None
    import ctypes

    return getattr(ctypes.CDLL(None), function, None)
