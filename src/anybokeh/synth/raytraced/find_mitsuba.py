"""Finding Mitsuba and the compiler that it needs."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError

# Mitsuba compiles its kernels with LLVM; versions 15 and 16 crash it.
_LLVM_PATTERNS = ("*/libLLVM.so.[12]*", "*/libLLVM-1[789].so*", "llvm-1[789]/lib/libLLVM*.so*")


@cache
def mitsuba() -> Any:
    """The mitsuba module, its vectorised variant chosen.

    Raises:
        InputError: if Mitsuba or an LLVM library is not installed.
    """
    if "DRJIT_LIBLLVM_PATH" not in os.environ:
        found = sorted(match for pattern in _LLVM_PATTERNS for match in Path("/usr/lib").glob(pattern))
        if found:
            os.environ["DRJIT_LIBLLVM_PATH"] = str(found[-1])
    try:
        import mitsuba

        mitsuba.set_variant("llvm_ad_rgb")
    except ImportError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"ray tracing is not available ({reason}): install anybokeh[raytrace] and an LLVM library, "
            "such as Debian's libllvm19, or set DRJIT_LIBLLVM_PATH"
        ) from error
    return mitsuba


def drjit() -> Any:
    """The drjit module, whose arrays Mitsuba computes with; its types are too loose for a checker."""
    import drjit

    return drjit
