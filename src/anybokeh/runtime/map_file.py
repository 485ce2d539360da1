"""Estimated maps of a clip in one compressed file with random access.

A zip archive: `maps.json` holds size, count and limits, `000000` and so on hold one map each: 16-bit integers
between the limits of that frame, as differences along rows, which compress well.
"""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError

VERSION = 1
_SAMPLES = 1 << 20
_SAMPLES_A_FRAME = 64
"""Values looked at to find the limits of a clip, and the least of each frame."""
_PERCENTILES = (0.5, 99.5)


def write_maps(file: Path, maps: Iterable[np.ndarray], expected: int, first: int = 0) -> int:
    """Write maps as they come and return how many there were.

    Args:
        file: to be written; the caller puts it in its place when it is whole.
        maps: (height, width) float32 each, on any scale, nearer is larger.
        expected: about how many maps there will be.
        first: index of the first map in the clip.

    Raises:
        InputError: there is no map, or nothing but one value in all of them.
    """
    few = max(_SAMPLES_A_FRAME, _SAMPLES // max(expected, 1))
    samples: list[np.ndarray] = []
    limits: list[tuple[float, float]] = []
    shape = (0, 0)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for index, one in enumerate(maps):
            one = np.nan_to_num(np.asarray(one, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
            shape = one.shape
            low, high = float(one.min()), float(one.max())
            limits.append((low, high))
            samples.append(one.reshape(-1)[:: max(1, one.size // few)].copy())
            span = max(high - low, 1e-12)
            integers = np.rint((one - low) * (65535 / span)).astype("<u2")
            archive.writestr(f"{index:06d}", np.diff(integers, axis=1, prepend=np.uint16(0)).tobytes())
        if not limits:
            raise InputError("the clip has no frames: nothing to estimate")
        low, high = (float(value) for value in np.percentile(np.concatenate(samples), _PERCENTILES))
        if not high > low:
            low, high = min(low for low, _ in limits), max(high for _, high in limits)
        facts = {
            "version": VERSION,
            "shape": shape,
            "count": len(limits),
            "first": first,
            "limits": limits,
            "low": low,
            "high": high if high > low else low + 1,
        }
        archive.writestr("maps.json", json.dumps(facts))
    return len(limits)


@dataclass(frozen=True)
class _Facts:
    shape: tuple[int, int]
    count: int
    first: int
    limits: list[tuple[float, float]]
    low: float
    high: float


def in_memory(file: Path | BytesIO) -> BytesIO:
    """A file's bytes."""
    return file if isinstance(file, BytesIO) else BytesIO(file.read_bytes())


class MapFile:
    """Maps of a file that `write_maps` made, as float32 in [0, 1], normalised once for the whole clip.

    Limits are the 0.5th and 99.5th percentiles of all values; what lies outside is cut off. Indices before
    the first and after the last map give the nearest one.
    """

    def __init__(self, file: Path | BytesIO, name: str, count: int) -> None:
        self.name = name
        self.count = count
        self.numbers = self.times = None
        self._file = file
        self._lock = threading.Lock()
        try:
            self._archive = zipfile.ZipFile(file)
            facts = json.loads(self._archive.read("maps.json"))
            if facts.pop("version") != VERSION:
                raise ValueError
            self._facts = _Facts(**facts)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            raise InputError(f"{file}: is no whole file of estimated disparity; delete it") from None
        height, width = self._facts.shape
        self.size = (width, height)

    def __reduce__(self) -> tuple[Any, ...]:
        """With its bytes, for processes that do not see the file."""
        return MapFile, (in_memory(self._file), self.name, self.count)

    @property
    def limits(self) -> tuple[float, float]:
        """What 0 and 1 were before the clip was normalised."""
        return self._facts.low, self._facts.high

    def where(self, index: int) -> str:
        return f"{self.name}, frame {index}"

    def read(self, index: int) -> np.ndarray:
        facts = self._facts
        place = min(max(index - facts.first, 0), facts.count - 1)
        with self._lock:
            data = self._archive.read(f"{place:06d}")
        steps = np.frombuffer(data, "<u2").reshape(facts.shape)
        integers = np.cumsum(steps, axis=1, dtype=np.uint16)
        low, high = facts.limits[place]
        values = integers.astype(np.float32) * np.float32((high - low) / 65535) + np.float32(low)
        return ((values - facts.low) / np.float32(facts.high - facts.low)).clip(0, 1).astype(np.float32)
