"""Keeping what libraries print off standard output, which belongs to results."""

from __future__ import annotations

import io
import sys
import threading
from typing import TextIO


class QuietOutput:
    """A block within which what Python code prints is dropped; blocks of several threads may overlap."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._own: TextIO = sys.stdout

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._own, sys.stdout = sys.stdout, io.StringIO()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                sys.stdout = self._own


quiet_output = QuietOutput()
"""The one of this process."""
