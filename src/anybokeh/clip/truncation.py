"""Telling from a file's own headers that its end is missing."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from anybokeh.clip.boxes import FIRST_BOXES, boxes

EBML_HEADER = b"\x1a\x45\xdf\xa3"
_LARGEST_EBML_HEADER = 1 << 20
_SEGMENT = b"\x18\x53\x80\x67"


def least_size(path: Path) -> int:
    """The size in bytes that the file must have by its own headers; 0 if they do not say.

    Understands Matroska and WebM (the size of the segment), MP4 and QuickTime (the sizes of the boxes) and
    AVI (the size of the first chunk).
    """
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == EBML_HEADER:
            return after_segment(file, 0) or 0
        if head[:4] == b"RIFF":
            return 8 + int.from_bytes(head[4:8], "little")
        if head[4:8] in FIRST_BOXES:
            return max((end for _, _, end in boxes(file, path.stat().st_size)), default=0)
    return 0


def after_segment(file: BinaryIO, begin: int) -> int | None:
    """Where a Matroska file that begins there ends by its header; None where it does not say or is none."""
    file.seek(begin)
    if file.read(4) != EBML_HEADER:
        return None
    header = _variable_integer(file)
    if header is None or header > _LARGEST_EBML_HEADER:
        return None
    file.seek(header, 1)
    if file.read(4) != _SEGMENT:
        return None
    size = _variable_integer(file)
    return None if size is None else file.tell() + size


def _variable_integer(file: BinaryIO) -> int | None:
    """An EBML size: the leading zeros of the first byte count the bytes that follow; all ones is unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 8 - first[0].bit_length()
    rest = file.read(length)
    value = int.from_bytes(bytes([first[0] & ((1 << (7 - length)) - 1)]) + rest, "big")
    return None if value == (1 << (7 * (length + 1))) - 1 else value
