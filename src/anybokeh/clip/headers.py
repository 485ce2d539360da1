"""Sizes of images from their headers alone, so that a folder of thousands is checked without decoding."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from anybokeh.clip import exr
from anybokeh.errors import InputError
from anybokeh.runtime.limits import check_pixels

# Some writers append a few bytes of their own after the end marker; phones append whole videos.
_TAIL = 4096


def common_size(paths: Sequence[Path]) -> tuple[int, int]:
    """(width, height) in pixels that all of these images have.

    JPEGs may lie on their side, as their EXIF data may turn them. Raises InputError naming the first file
    that has another size or is not whole.
    """
    size = image_size(paths[0])
    for path in paths[1:]:
        other = image_size(path)
        turned = path.suffix.lower() in (".jpg", ".jpeg") and other == size[::-1]
        if other != size and not turned:
            raise InputError(
                f"{path}: is {other[0]}x{other[1]} but {paths[0].name} is {size[0]}x{size[1]}; "
                "all images of a folder must have one size"
            )
    return size


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) in pixels of a PNG, JPEG, TIFF or EXR file.

    Raises InputError naming the file when it is empty, cut off or of another kind.
    """
    suffix = path.suffix.lower()
    if suffix == ".exr":
        return exr.display_size(path)
    try:
        with path.open("rb") as file:
            read_size = _READERS[file.read(2)]
            file.seek(0)
            size = read_size(file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    except (struct.error, ValueError, KeyError, EOFError, OverflowError):
        raise InputError(
            f"{path}: is not a whole {suffix[1:].upper()} image (empty, cut off or another kind)"
        ) from None
    if min(size) < 1:
        raise InputError(f"{path}: has no pixels ({size[0]}x{size[1]}); write it again")
    check_pixels(path, *size)
    return size


def is_animated_png(path: Path) -> bool:
    """Whether a PNG file holds an animation, which its control chunk says before the pixels."""
    try:
        with path.open("rb") as file:
            if file.read(8) != b"\x89PNG\r\n\x1a\n":
                return False
            while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
                if head[4:] == b"acTL":
                    return int.from_bytes(file.read(4), "big") > 1
                file.seek(int.from_bytes(head[:4], "big") + 4, 1)
    except OSError:
        pass  # reading says what is wrong
    return False


def _png_size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(24)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR" or not _ends_with(file, b"IEND"):
        raise ValueError
    return struct.unpack(">II", head[16:24])


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    if file.read(2) != b"\xff\xd8":
        raise ValueError
    while True:
        marker, length = struct.unpack(">HH", file.read(4))
        code = marker & 0xFF
        if marker == 0xFFFF:  # any number of fill bytes may precede a marker
            file.seek(-3, 1)
            continue
        if marker >> 8 != 0xFF or length < 2:
            raise ValueError
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            _, height, width = struct.unpack(">BHH", file.read(5))
            break
        file.seek(length - 2, 1)
    if not _ends_with(file, b"\xff\xd9"):
        raise ValueError
    return width, height


def tiff_pages(path: Path) -> int:
    """How many images of one size a TIFF file holds; 1 where they are an image and reductions of it.

    Raises InputError where the file is not whole.
    """
    try:
        with path.open("rb") as file:
            sizes = list(_tiff_sizes(file))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    except (struct.error, ValueError, KeyError, OverflowError):
        return 1  # decoding says what is wrong
    return len(sizes) if len(set(sizes)) == 1 else 1


def _tiff_size(file: BinaryIO) -> tuple[int, int]:
    return next(_tiff_sizes(file))


def _tiff_sizes(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """(width, height) of one directory of tags after another."""
    head = file.read(8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    magic = struct.unpack(order + "H", head[2:4])[0] if order else None
    if order is None or magic not in (42, 43):
        raise ValueError
    # BigTIFF (43) counts and points with 8 bytes where TIFF takes 2 and 4
    big = magic == 43
    pointer = order + ("Q" if big else "I")
    place = struct.unpack(pointer, file.read(8))[0] if big else struct.unpack(pointer, head[4:])[0]
    seen: set[int] = set()
    while True:
        # a directory that leads back to one before it would never end
        if place in seen:
            raise ValueError
        seen.add(place)
        file.seek(place)
        count = struct.unpack(order + "Q", file.read(8)) if big else struct.unpack(order + "H", file.read(2))
        found: dict[int, int] = {}
        for _ in range(count[0]):
            entry = file.read(20 if big else 12)
            tag, kind = struct.unpack(order + "HH", entry[:4])
            if tag in (256, 257):
                value = entry[12:] if big else entry[8:]
                code = {3: "H", 4: "I", 16: "Q"}[kind]
                found[tag] = struct.unpack_from(order + code, value)[0]
        if len(found) != 2:
            raise ValueError
        yield found[256], found[257]
        rest = file.read(8 if big else 4)
        place = struct.unpack(pointer, rest)[0] if len(rest) == struct.calcsize(pointer) else 0
        if not place:
            return


def _ends_with(file: BinaryIO, marker: bytes) -> bool:
    """Whether the end marker is there, looked for where it belongs first."""
    end = file.seek(0, 2)
    file.seek(max(0, end - _TAIL))
    if marker in file.read():
        return True
    file.seek(0)
    return marker in file.read()


# By their first bytes and not by their suffix: decoders go by the content as well.
_READERS: dict[bytes, Callable[[BinaryIO], tuple[int, int]]] = {
    b"\x89P": _png_size,
    b"\xff\xd8": _jpeg_size,
    b"II": _tiff_size,
    b"MM": _tiff_size,
}
