"""How the kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

# numba leaves LLVM's straight-line vectoriser off. It turns the four channels of a sample into one vector
# operation, which takes a third off the splat.
numba.config.SLP_VECTORIZE = 1  # type: ignore[attr-defined]


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile at first use, keep the machine code on disk, and release the interpreter's lock."""
    return numba.njit(cache=True, nogil=True, **options)
