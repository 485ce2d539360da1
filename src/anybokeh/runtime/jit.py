"""How the kernels are compiled."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

import numba
from numba.core.caching import IndexDataCacheFile

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


def _name_anew(self: Any, number: int) -> str:
    return self._data_name_pattern.format(number=number).removesuffix("nbc") + f"{uuid4().hex[:8]}.nbc"


# Several processes compile at once, and may be ended in between: by a number alone, machine code of another
# process or of an older version would be taken for what the index promises.
IndexDataCacheFile._data_name = _name_anew  # type: ignore[method-assign]


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile at first use, keep the machine code on disk, and release the interpreter's lock."""
    return numba.njit(cache=True, nogil=True, **options)


def is_compiled(compiled: Any) -> bool:
    """Whether machine code of a kernel is kept from an earlier run; True where that cannot be told."""
    file = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    # the index of another version of numba, or of another source, is read as empty
    return file is None or bool(file._load_index())
