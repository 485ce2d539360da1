"""The boxes of which MP4 and QuickTime files are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
"""Kinds of boxes by which such a file may begin."""
_LARGEST_HEADER = 64 << 20


def boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin of the content and end of every outermost box of an MP4 or QuickTime file of that size.

    The last one may end behind the file.
    """
    end = 0
    while end < size:
        begin = end
        file.seek(begin)
        head = file.read(16)
        if len(head) < 8:
            break
        length, content = int.from_bytes(head[:4], "big"), begin + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), begin + 16
        if length < 8:
            break  # 0 means up to the end of the file, whatever that is
        end = begin + length
        yield head[4:8], content, end


def movie_header(path: Path) -> bytes:
    """The content of the box moov of an MP4 or QuickTime file; nothing where there is none."""
    with path.open("rb") as file:
        for kind, begin, end in boxes(file, path.stat().st_size):
            if kind == b"moov":
                file.seek(begin)
                return file.read(max(0, min(end - begin, _LARGEST_HEADER)))
    return b""
