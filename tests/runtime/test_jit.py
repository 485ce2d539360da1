from __future__ import annotations

from pathlib import Path

import pytest

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


def test_what_is_no_kernel_needs_no_compiling() -> None:
    assert is_compiled(len)
