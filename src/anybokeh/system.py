"""This process and its operating system."""

from __future__ import annotations

import sys


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far in megabytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)


def keep_freed_memory() -> None:
    """Let the C library keep freed arrays for the next frame instead of returning them to the system.

    Pictures are large enough that glibc maps and unmaps each one anew, and the page faults cost a tenth of a
    render. For whole programs, not for libraries. Without effect elsewhere.
    """
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        trim_threshold, most_mappings = -1, -4
        mallopt(most_mappings, 0)
        mallopt(trim_threshold, 1 << 30)
