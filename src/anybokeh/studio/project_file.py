"""The file that keeps every step of a project.

Version 2. Version 1 had the part of the clip as seconds, `start` and `end`. What is not understood, of the
file and of each document in it, is written back as it came, so that two versions of the program can work on
one project. A file of another version, or one that cannot be read, is copied before it is written over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import write_whole
from anybokeh.studio.document import Document
from anybokeh.studio.part import Part

VERSION = 2
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_NAMES = ("version", "clip", "revision", "fresh", "place", "steps")


@dataclass(frozen=True)
class ProjectState:
    """What the file keeps.

    Attributes:
        steps: documents of undo and redo, the oldest first.
        place: which of them holds.
        revision: number of changes so far.
        fresh: whether nobody has changed anything yet.
        unknown: what another version of the program said beside it.
    """

    steps: tuple[Document, ...]
    place: int = 0
    revision: int = 0
    fresh: bool = True
    unknown: dict[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> Document:
        """What holds."""
        return self.steps[self.place]

    def write(self, file: Path, clip: Path) -> None:
        """Raises InputError where that is not possible."""
        names = ("revision", "fresh", "place")
        facts = {"version": VERSION, "clip": str(clip)} | {name: getattr(self, name) for name in names}
        head = json.dumps({**self.unknown, **facts})[:-1]
        steps = ",\n".join(step.stored for step in self.steps)
        write_whole(file, f'{head}, "steps": [\n{steps}]}}\n'.encode())


def read_state(file: Path, times: Callable[[], np.ndarray]) -> tuple[ProjectState | None, list[str]]:
    """What a file keeps, None where there is none or it cannot be read, and what the user should know.

    times: seconds of every frame of the clip, (frames,); asked for where an older version needs it.

    Raises InputError where a copy is needed and cannot be written.
    """
    if not file.exists():
        return None, []
    try:
        values = _values(file)
        rounded = _in_seconds(values)
    except InputError:
        raise
    except _UNREADABLE:
        return None, [_unreadable(file)]
    seconds = times() if rounded else np.zeros(1)
    try:
        for step, start, end in rounded:
            step |= Part.of_seconds(start, end, seconds).to_json()
        steps = tuple(Document.from_json(step) for step in values["steps"])
        unknown = {name: value for name, value in values.items() if name not in _NAMES}
        fresh = bool(values.get("fresh", False))
        state = ProjectState(steps, int(values["place"]), int(values["revision"]), fresh, unknown)
        if not 0 <= state.place < len(steps):
            raise ValueError("there is no such step")
    except _UNREADABLE:
        return None, [_unreadable(file)]
    version = values.get("version", 1)
    notes = []
    if version != VERSION:
        kept = set_aside(file, f"version-{version!s:.10}")
        if version != 1:
            notes.append(
                f"{file.name} of this clip is of version {version!s:.10}, from another version of anybokeh; "
                f"it is kept as {kept.name}"
            )
    strange = sorted({*unknown, *(name for step in steps for name in step.unknown)})
    if strange:
        notes.append(
            f"{file.name} of this clip says what this version of anybokeh does not understand "
            f"({', '.join(strange)}): it has no effect here, and is kept"
        )
    return state, notes


def set_aside(file: Path, why: str) -> Path:
    """Copy a file beside itself under a name that is free, unless such a copy is there; raises InputError."""
    data = file.read_bytes() if file.is_file() else b""
    for number in count(1):
        copy = file.with_name(f"{file.stem}-{why}{f'-{number}' if number > 1 else ''}{file.suffix}")
        if not copy.exists():
            write_whole(copy, data)
        elif copy.read_bytes() != data:
            continue
        return copy
    raise AssertionError


def _values(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check its permissions") from None


def _in_seconds(values: dict[str, Any]) -> list[tuple[dict[str, Any], float | None, float | None]]:
    """Takes the parts in seconds out of the steps of version 1; returns them with their steps."""
    if values.get("version", 1) != 1:
        return []
    parts = [(step, step.pop("start", None), step.pop("end", None)) for step in values["steps"]]
    return [part for part in parts if part[1:] != (None, None)]


def _unreadable(file: Path) -> str:
    return (
        f"{file.name} of this clip could not be read: undo, lens and options begin anew, the track is kept; "
        f"the file is kept as {set_aside(file, 'unreadable').name}"
    )
