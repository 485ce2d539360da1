"""What was found out about a clip's subject, in one compressed file with random access.

A zip archive: `facts.json` holds the size of the maps and what is known of every frame, `000000` and so on
hold one map of 8-bit shares each, `000000.bodies` one of the numbers of bodies, `000000.parallax` one map of
16-bit parallax.
"""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.runtime.map_file import in_memory
from anybokeh.subject.bodies import Body

VERSION = 4


@dataclass(frozen=True, eq=False)
class Course:
    """What is known of every frame of a clip, each (frames,).

    Attributes:
        shot: number of the shot that the frame belongs to, from 0.
        confidence: [0, 1] how sure the subject is; 0 where there is none.
        contact, far: see `Stance`; NaN where nothing tells.
    """

    shot: np.ndarray
    confidence: np.ndarray
    contact: np.ndarray
    far: np.ndarray

    @property
    def shots(self) -> list[range]:
        """The frames of each shot."""
        starts = np.flatnonzero(np.diff(self.shot, prepend=-1)).tolist()
        ends = [*starts[1:], len(self.shot)]
        return [range(start, end) for start, end in zip(starts, ends, strict=True)]


Row = tuple[int, float, float, float]
"""Shot, confidence, contact and far of one frame."""


Found = tuple[np.ndarray, np.ndarray, np.ndarray, Row]
"""Of one frame: shares (height, width) in [0, 1], numbers of bodies (height, width), parallax (rows, columns)
and its row."""


def write_record(file: Path, frames: Iterable[Found], bodies: Callable[[], Iterable[Body]] = tuple) -> int:
    """Write what was found as it comes, and after that what `bodies` gives.

    Returns how many frames there were.
    """
    rows: list[Row] = []
    shape, cells = (0, 0), (0, 0)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for share, numbers, parallax, row in frames:
            shape, cells = share.shape, parallax.shape
            archive.writestr(f"{len(rows):06d}", np.rint(share * 255).astype(np.uint8).tobytes())
            archive.writestr(f"{len(rows):06d}.bodies", numbers.astype(np.uint8).tobytes())
            archive.writestr(f"{len(rows):06d}.parallax", parallax.astype("<f2").tobytes())
            rows.append(row)
        facts = {"version": VERSION, "shape": shape, "cells": cells, "rows": rows}
        facts["bodies"] = [astuple(body) for body in bodies()]
        archive.writestr("facts.json", json.dumps(facts))
    return len(rows)


class Record:
    """A file that `write_record` made, read from any thread; raises InputError when it is damaged."""

    def __init__(self, file: Path | BytesIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        try:
            self._archive = zipfile.ZipFile(file)
            facts = json.loads(self._archive.read("facts.json"))
            if facts["version"] != VERSION:
                raise ValueError
            self._shape, self._cells = tuple(facts["shape"]), tuple(facts["cells"])
            # (4, frames)
            self.bodies = tuple(Body(*values) for values in facts["bodies"])
            shot, *others = np.array(facts["rows"], np.float64).reshape(-1, 4).T
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            raise InputError(f"{file}: is no whole record of a subject; delete it") from None
        self.course = Course(shot.astype(int), *others)

    def __reduce__(self) -> tuple[Any, ...]:
        """With its bytes, for processes that do not see the file."""
        return Record, (in_memory(self._file),)

    def __len__(self) -> int:
        return len(self.course.shot)

    def share(self, index: int) -> np.ndarray:
        """(height, width) float32 in [0, 1]."""
        data = self._read(f"{index:06d}")
        return np.frombuffer(data, np.uint8).reshape(self._shape) * np.float32(1 / 255)

    def numbers(self, index: int) -> np.ndarray:
        """(height, width) uint8, the number of the body that each pixel belongs to, 0 for none."""
        return np.frombuffer(self._read(f"{index:06d}.bodies"), np.uint8).reshape(self._shape)

    def parallax(self, index: int) -> np.ndarray:
        """(rows, columns) float32 in pixels of the small view."""
        data = self._read(f"{index:06d}.parallax")
        return np.frombuffer(data, "<f2").reshape(self._cells).astype(np.float32)

    def _read(self, name: str) -> bytes:
        with self._lock:
            return self._archive.read(name)

    def close(self) -> None:
        self._archive.close()
