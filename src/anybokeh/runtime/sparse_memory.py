"""Arrays of which only what is written takes memory."""

from __future__ import annotations

import math
import mmap
from contextlib import suppress

import numpy as np
from numpy.typing import DTypeLike

_PRIVATE = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
_UNRESERVED = getattr(mmap, "MAP_NORESERVE", 0)


def sparse(shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
    """An array of zeros whose pages the system provides one by one, as they are first written.

    For room for the worst case, most of which stays empty. NumPy's own large arrays come in pages of 2 MB, or
    are memory that was used before. Raises MemoryError.
    """
    length = max(math.prod(shape) * np.dtype(dtype).itemsize, 1)
    # Windows has no flags
    try:
        memory = mmap.mmap(-1, length, flags=_PRIVATE | _UNRESERVED) if _PRIVATE else mmap.mmap(-1, length)
    except OSError as error:
        raise MemoryError(f"there is no room for {length} bytes") from error
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        # not every kernel has large pages
        with suppress(OSError):
            memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, dtype, math.prod(shape)).reshape(shape)
