from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from numba.core.caching import IndexDataCacheFile

from anybokeh.runtime.jit import is_compiled

SOURCE = """
from anybokeh.runtime.jit import kernel

@kernel()
def twice(value):
    return 2 * value
"""


def test_whether_a_kernel_was_compiled_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "module_of_a_kernel.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    from module_of_a_kernel import twice  # type: ignore[import-not-found]

    assert not is_compiled(twice)
    assert twice(3) == 6
    assert is_compiled(twice)


def test_machine_code_of_another_process_is_never_taken(tmp_path: Path) -> None:
    """Two that see no kernel kept yet, and keep one each, write two files."""
    names = [IndexDataCacheFile(str(tmp_path), "kernel", "stamp")._data_name(1) for _ in range(2)]
    assert names[0] != names[1] and all(name.endswith(".nbc") for name in names)


def test_what_is_no_kernel_needs_no_compiling() -> None:
    assert is_compiled(len)


def test_numba_is_loaded_without_scipy_which_kernels_can_use_all_the_same() -> None:
    pytest.importorskip("scipy")
    script = (
        "import sys\n"
        "from anybokeh.runtime.jit import numba\n"
        "import numpy as np\n"
        "product = numba.njit(lambda a: np.dot(a, a))\n"
        "numba.njit(lambda a: a + 1)(1)\n"
        "print('scipy.linalg' in sys.modules)\n"
        "print(product(np.eye(2) * 3)[1, 1], 'scipy.linalg' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "9.0", "True"]
