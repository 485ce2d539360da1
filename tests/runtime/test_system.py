"""Memory that is kept for the next frame, and what of it is returned."""

from __future__ import annotations

import subprocess
import sys

import pytest

_GAPS = """
import sys
import numpy as np
from pathlib import Path
from anybokeh.runtime.system import keep_freed_memory, return_gaps

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

if sys.argv[1] == "keep":
    keep_freed_memory()
arrays = [np.ones(1 << 20, np.uint8) for _ in range(100)]
del arrays[::2]
before = resident()
return_gaps()
print(before - resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep nothing")
@pytest.mark.parametrize(("how", "least", "most"), [("keep", 40, 60), ("leave", -5, 5)])
def test_gaps_between_arrays_are_returned_where_they_are_kept(how: str, least: float, most: float) -> None:
    found = subprocess.run(
        [sys.executable, "-c", _GAPS, how], capture_output=True, text=True, check=True, timeout=60
    )
    assert least <= float(found.stdout) <= most
