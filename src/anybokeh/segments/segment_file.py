"""One finished segment on disk: bytes, an index in JSON that describes them, and a checksum over both.

    magic | bytes | index | length of the index, 8 bytes | SHA-256 of all before, 32 bytes

The file is written under another name and renamed when it is whole, so that a file of the right name is whole
unless the disk or somebody damaged it, which the checksum shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = b"anybokeh segment 1\n"
_DIGEST = 32
_LENGTH = 8
_TAIL = _LENGTH + _DIGEST
_CHUNK = 1 << 20
_PART = ".part"


class Damaged(Exception):
    """A segment file is not what was written."""


class SegmentFileWriter:
    """Writes one segment file; nothing stands under its name before `finish`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + _PART)
        self._hash = hashlib.sha256()
        # unbuffered: packets are large, and a full disk shows at once
        self._file: BinaryIO = self._part.open("wb", buffering=0)
        self.add(_MAGIC)

    def add(self, data: bytes | memoryview) -> None:
        """Append bytes."""
        self._hash.update(data)
        left = memoryview(data).cast("B")
        while left:
            left = left[self._file.write(left) :]

    def finish(self, index: dict[str, Any]) -> None:
        """Append the index and the checksum, and give the file its name."""
        text = json.dumps(index, separators=(",", ":")).encode()
        self.add(text)
        self.add(len(text).to_bytes(_LENGTH, "big"))
        self.add(self._hash.digest())
        self._file.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        """Leave nothing."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def check(path: Path) -> dict[str, Any]:
    """The index of a segment file that is as it was written, else raise Damaged."""
    for _ in read(path, ()):
        pass
    return read_index(path)


def read_index(path: Path) -> dict[str, Any]:
    """The index, without looking at the bytes before it; raises Damaged where there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            begin, end = _index_range(file, size)
            file.seek(begin)
            index = json.loads(file.read(end - begin))
    except (OSError, ValueError, RecursionError) as error:
        raise Damaged(f"{path}: cannot be read as a segment ({error})") from None
    if not isinstance(index, dict):
        raise Damaged(f"{path}: has no index")
    return index


def _index_range(file: BinaryIO, size: int) -> tuple[int, int]:
    if size < len(_MAGIC) + _TAIL:
        raise ValueError("too short")
    file.seek(size - _TAIL)
    length = int.from_bytes(file.read(_LENGTH), "big")
    begin = size - _TAIL - length
    if begin < len(_MAGIC):
        raise ValueError("its index is longer than the file")
    return begin, size - _TAIL


def read(path: Path, lengths: Iterable[int]) -> Iterator[bytes]:
    """Runs of bytes of these lengths; raises Damaged unless the whole file is as it was written.

    The checksum is known at the end: what came before must not be used finally until the iterator is done.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < len(_MAGIC) + _TAIL:
                raise Damaged(f"{path}: cut short")
            file.seek(0)
            left = size - _DIGEST

            def take(length: int) -> bytes:
                nonlocal left
                data = file.read(length)
                left -= length
                if len(data) != length:
                    raise Damaged(f"{path}: cut short")
                digest.update(data)
                return data

            if take(len(_MAGIC)) != _MAGIC:
                raise Damaged(f"{path}: is no segment of this version")
            for length in lengths:
                if length > left:
                    raise Damaged(f"{path}: its index does not fit its bytes")
                yield take(length)
            while left:
                take(min(_CHUNK, left))
            if file.read(_DIGEST) != digest.digest():
                raise Damaged(f"{path}: its checksum does not match")
    except OSError as error:
        raise Damaged(f"{path}: cannot be read ({error.strerror})") from None
