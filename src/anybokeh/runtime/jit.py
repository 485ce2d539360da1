"""How the kernels are compiled."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numba

_BLAS = "scipy.linalg.cython_blas"

# numba leaves LLVM's straight-line vectoriser off. It turns the four channels of a sample into one vector
# operation, which takes a third off the splat.
numba.config.SLP_VECTORIZE = 1  # type: ignore[attr-defined]


def _load_without_scipy() -> None:
    """Load numba's mathematics without SciPy, which takes longer than all of numba.

    It only asks whether there is one, and loads it again for kernels that use linear algebra.
    """
    if _BLAS in sys.modules:
        return
    sys.modules[_BLAS] = None  # type: ignore[assignment]
    try:
        from numba.np import arraymath
    finally:
        del sys.modules[_BLAS]
    arraymath._HAVE_BLAS = find_spec("scipy") is not None


_load_without_scipy()


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile at first use, keep the machine code on disk, and release the interpreter's lock."""
    return numba.njit(cache=True, nogil=True, **options)


def is_compiled(compiled: Any) -> bool:
    """Whether machine code of a kernel is kept from an earlier run; True where that cannot be told."""
    folder = getattr(getattr(compiled, "_cache", None), "cache_path", None)
    if folder is None:
        return True
    module = compiled.py_func.__module__.rpartition(".")[2]
    return any(Path(folder).glob(f"{module}.{compiled.py_func.__name__}-*.nbi"))
