"""Small maps of a long clip on disk, read in any order from any thread."""

from __future__ import annotations

import tempfile
import threading
import zlib

import numpy as np


class Spool:
    """Maps of shares, (height, width) in [0, 1], kept with 8 bits in an unnamed temporary file.

    It takes a few kilobytes of disk and a few bytes of memory a map, and is gone with the process.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the spool)
        self._lock = threading.Lock()
        self._places: list[tuple[int, int]] = []
        self._end = 0
        self._shape = (0, 0)

    def __len__(self) -> int:
        return len(self._places)

    def append(self, share: np.ndarray) -> None:
        """Add the next map; all have the shape of the first."""
        if self._places and share.shape != self._shape:
            raise ValueError(f"map of shape {share.shape}, expected {self._shape}")
        self._shape = share.shape
        packed = zlib.compress(np.round(share * 255).astype(np.uint8).tobytes(), 1)
        with self._lock:
            self._file.seek(self._end)
            self._file.write(packed)
            self._places.append((self._end, len(packed)))
            self._end += len(packed)

    def read(self, index: int) -> np.ndarray:
        """The map (height, width) float32."""
        place, size = self._places[index]
        with self._lock:
            self._file.seek(place)
            packed = self._file.read(size)
        levels = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(self._shape)
        return levels * np.float32(1 / 255)
