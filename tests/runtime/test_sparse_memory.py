"""Room for the worst case takes no memory before it is used."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from anybokeh.runtime.sparse_memory import sparse


def test_an_array_is_zero_and_can_be_written() -> None:
    array = sparse((3, 5, 2), np.float32)
    assert array.shape == (3, 5, 2)
    assert array.dtype == np.float32
    assert not array.any()
    array[1] = 4
    assert array.sum() == 40
    assert sparse((0, 4), np.int8).shape == (0, 4)


def test_too_much_is_too_much_memory() -> None:
    with pytest.raises(MemoryError, match="bytes"):
        sparse((1 << 60,), np.uint8)


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is told by /proc")
def test_only_what_is_written_takes_memory() -> None:
    before = _resident()
    array = sparse((256, 1 << 20), np.uint8)
    array[:16] = 1
    assert 16 <= _resident() - before < 32


def _resident() -> float:
    """Megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
