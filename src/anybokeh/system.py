"""What the operating system says of this process."""

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
