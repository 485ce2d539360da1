"""The hidden folder beside an output that holds a render's finished segments until they are joined.

.OUTPUT.anybokeh/job.json            what the render depends on
                 end.json            how many segments there are, once that is known
                 00000000.segment    a finished segment
                 images/             of outputs that are folders of images
                 lock                held while a process works on it
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any, BinaryIO

from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import whole_file
from anybokeh.runtime.work_names import work_name
from anybokeh.segments.fingerprint import Fingerprint

_JOB = "job.json"
_END = "end.json"
_LOCK = "lock"
_SEGMENT = re.compile(r"(\d{8})\.segment")


def folder_of(output: Path) -> Path:
    """Where the segments of an output are kept."""
    return output.with_name(work_name(output.name) + "anybokeh")


class WorkFolder:
    """A render's folder, held by this process from `open` to `close`."""

    def __init__(self, path: Path, lock: BinaryIO | None) -> None:
        self.path = path
        self.images = path / "images"
        self._lock = lock

    @classmethod
    def open(cls, output: Path) -> WorkFolder:
        """Make or take the folder of an output; raises InputError when another process works in it."""
        path = folder_of(output)
        path.mkdir(exist_ok=True)
        try:
            lock = (path / _LOCK).open("wb")
        except OSError:
            with contextlib.suppress(OSError):
                path.rmdir()
            raise
        if not _locked(lock):
            lock.close()
            raise InputError(f"{output}: another process is rendering it; wait for it or give another path")
        return cls(path, lock)

    def read_job(self) -> Fingerprint | None:
        """What an earlier run wrote; None where there was none or its file is damaged."""
        job = _read(self.path / _JOB)
        return {name: str(value) for name, value in job.items()} if job else None

    def write_job(self, job: Fingerprint) -> None:
        """Write what the render depends on, whole or not at all."""
        _write(self.path / _JOB, dict(job))

    def write_end(self, segments: int, whole: Path | None = None) -> None:
        """Write how many segments there are, and what is about to be moved to the output's place."""
        _write(self.path / _END, {"segments": segments, "whole": whole and whole.stat().st_ino})

    def end(self) -> int | None:
        """How many segments there are; None where that is not known."""
        return _read(self.path / _END).get("segments")

    def is_in_place(self, output: Path) -> bool:
        """Whether the output is what this folder's segments were joined to."""
        whole = _read(self.path / _END).get("whole")
        return whole is not None and output.exists() and output.stat().st_ino == whole

    def segment_file(self, number: int) -> Path:
        """Where a segment is kept."""
        return self.path / f"{number:08}.segment"

    def numbers(self) -> list[int]:
        """Of the segments whose files are there, ascending."""
        matches = (_SEGMENT.fullmatch(entry.name) for entry in os.scandir(self.path))
        return sorted(int(match[1]) for match in matches if match)

    def is_empty(self) -> bool:
        """Whether nothing in it is worth keeping, as where its removal was stopped at the very end."""
        return not any(entry.name != _LOCK for entry in self.path.iterdir())

    def clear(self, but: tuple[str, ...] = ()) -> None:
        """Delete everything but the lock."""
        for entry in list(self.path.iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name not in (_LOCK, *but):
                entry.unlink()

    def remove(self) -> None:
        """Delete the folder."""
        # what says that the output is whole goes last, for where this is stopped in the middle
        with contextlib.suppress(OSError):
            self.clear(but=(_END,))
        self.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def close(self) -> None:
        """Let other processes work in the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _read(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _write(file: Path, values: dict[str, Any]) -> None:
    with whole_file(file) as temporary:
        temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")


def _locked(file: BinaryIO) -> bool:
    """Take the lock, which the system takes back when this process ends, however it ends."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
