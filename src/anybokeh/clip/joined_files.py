"""Recordings that were joined by appending their bytes, where only the first of them can be read."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from anybokeh.clip.boxes import FIRST_BOXES, boxes
from anybokeh.clip.truncation import EBML_HEADER, after_segment

_READ_OF_MATROSKA, _READ_OF_MP4 = 2, 1
"""How many of the recordings in a file FFmpeg reads."""


def unread_parts(path: Path) -> str | None:
    """One line for the user where a file holds more recordings than can be read, else None.

    Understands Matroska and WebM, MP4 and QuickTime. Joined transport and program streams are read whole.
    """
    with path.open("rb") as file:
        head = file.read(8)
        if head[:4] == EBML_HEADER:
            count, read = _segments(file, path.stat().st_size), _READ_OF_MATROSKA
        elif head[4:] in FIRST_BOXES:
            kinds = [kind for kind, *_ in boxes(file, path.stat().st_size)]
            count, read = kinds.count(b"moov"), _READ_OF_MP4
        else:
            return None
    if count <= read:
        return None
    first = "first is" if read == 1 else f"first {read} are"
    return f"holds {count} recordings one after another, of which only the {first} read; join them anew"


def _segments(file: BinaryIO, size: int) -> int:
    """How many Matroska files there are, each with its size but for the last."""
    count, begin = 0, 0
    while begin is not None and begin < size:
        file.seek(begin)
        count += file.read(4) == EBML_HEADER
        begin = after_segment(file, begin)
    return count
