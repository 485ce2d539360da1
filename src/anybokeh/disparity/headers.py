"""Size of an image from its header alone, so that a folder of thousands is checked without decoding."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from anybokeh.clip import exr
from anybokeh.errors import InputError

# Some writers append a few bytes of their own after the end marker.
_TAIL = 4096


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) in pixels of a PNG, JPEG, TIFF or EXR file.

    Raises InputError naming the file when it is empty, cut off or not what its suffix says.
    """
    suffix = path.suffix.lower()
    if suffix == ".exr":
        return _exr_size(path)
    try:
        with path.open("rb") as file:
            size = _READERS[suffix](file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (struct.error, ValueError, EOFError):
        raise InputError(
            f"{path}: is not a whole {suffix[1:].upper()} image (empty, cut off or another kind)"
        ) from None
    if min(size) < 1:
        raise InputError(f"{path}: has no pixels ({size[0]}x{size[1]}); write it again")
    return size


def _png_size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(24)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR" or b"IEND" not in _tail(file):
        raise ValueError
    return struct.unpack(">II", head[16:24])


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    if file.read(2) != b"\xff\xd8":
        raise ValueError
    while True:
        marker, length = struct.unpack(">HH", file.read(4))
        code = marker & 0xFF
        if marker >> 8 != 0xFF or length < 2:
            raise ValueError
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            _, height, width = struct.unpack(">BHH", file.read(5))
            break
        file.seek(length - 2, 1)
    if b"\xff\xd9" not in _tail(file):
        raise ValueError
    return width, height


def _tiff_size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or struct.unpack(order + "H", head[2:4])[0] != 42:
        raise ValueError
    file.seek(struct.unpack(order + "I", head[4:8])[0])
    found: dict[int, int] = {}
    for _ in range(struct.unpack(order + "H", file.read(2))[0]):
        entry = file.read(12)
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in (256, 257):
            found[tag] = struct.unpack(
                order + ("H" if kind == 3 else "I"), entry[8 : 10 if kind == 3 else 12]
            )[0]
    if len(found) != 2:
        raise ValueError
    return found[256], found[257]


def _exr_size(path: Path) -> tuple[int, int]:
    openexr = exr.require()
    try:
        with openexr.File(str(path), header_only=True) as file:
            low, high = file.header()["dataWindow"]
    except Exception:  # the binding raises RuntimeError, TypeError or its own classes by version
        raise InputError(f"{path}: is not a whole EXR image (empty, cut off or another kind)") from None
    return int(high[0] - low[0] + 1), int(high[1] - low[1] + 1)


def _tail(file: BinaryIO) -> bytes:
    end = file.seek(0, 2)
    file.seek(max(0, end - _TAIL))
    return file.read()


_READERS: dict[str, Callable[[BinaryIO], tuple[int, int]]] = {
    ".png": _png_size,
    ".jpg": _jpeg_size,
    ".jpeg": _jpeg_size,
    ".tif": _tiff_size,
    ".tiff": _tiff_size,
}
