"""Telling from a file's own headers that its end is missing."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_EBML_HEADER = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"


def least_size(path: Path) -> int:
    """The size in bytes that the file must have by its own headers; 0 if they do not say.

    Understands Matroska and WebM (the size of the segment), MP4 and QuickTime (the sizes of the boxes) and
    AVI (the size of the first chunk).
    """
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        if head[:4] == _EBML_HEADER:
            return _matroska(file)
        if head[:4] == b"RIFF":
            return 8 + int.from_bytes(head[4:8], "little")
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return _boxes(file, path.stat().st_size)
    return 0


def _matroska(file: BinaryIO) -> int:
    file.seek(4)
    header = _variable_integer(file)
    if header is None:
        return 0
    file.seek(header, 1)
    if file.read(4) != _SEGMENT:
        return 0
    size = _variable_integer(file)
    return 0 if size is None else file.tell() + size


def _variable_integer(file: BinaryIO) -> int | None:
    """An EBML size: the leading zeros of the first byte count the bytes that follow; all ones is unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 8 - first[0].bit_length()
    rest = file.read(length)
    value = int.from_bytes(bytes([first[0] & ((1 << (7 - length)) - 1)]) + rest, "big")
    return None if value == (1 << (7 * (length + 1))) - 1 else value


def _boxes(file: BinaryIO, size: int) -> int:
    end = 0
    while end < size:
        file.seek(end)
        head = file.read(16)
        if len(head) < 8:
            break
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            break  # 0 means up to the end of the file, whatever that is
        end += length
    return end
