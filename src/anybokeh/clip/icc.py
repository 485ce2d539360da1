"""ICC profiles of images: what their values mean, and keeping them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anybokeh.optics import light
from anybokeh.optics.primaries import BY_CODE, adaptation

_LARGEST = 4 << 20
"""Bytes of a profile; more is damage or no profile of a display."""
_D50 = np.array([0.9642, 1.0, 0.8249])
_SAME = 4e-3
"""Difference of chromaticities that rounding in profiles makes."""
_PROFILE_TAG = 34675


@dataclass(frozen=True)
class Meaning:
    """What code values under a profile mean.

    transfer: the nearest of the known curves. chromaticities: CIE 1931 x and y of red, green, blue and white.
    code: of these chromaticities in ITU-T H.273, None where it has none.
    """

    transfer: light.Transfer
    chromaticities: tuple[float, ...]
    code: int | None


def read_profile(file: Path) -> bytes | None:
    """The profile within a PNG, JPEG or TIFF file; None where there is none that is whole."""
    try:
        data = file.read_bytes()
        found = {b"\x89P": _of_png, b"\xff\xd8": _of_jpeg, b"II": _of_tiff, b"MM": _of_tiff}[data[:2]](data)
    except (OSError, KeyError, ValueError, IndexError, struct.error, zlib.error, OverflowError):
        return None
    is_whole = found is not None and 128 < len(found) <= _LARGEST and found[36:40] == b"acsp"
    return found if is_whole else None


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, and where the contents begin and end, of a PNG's chunks up to the pixels."""
    at = 8
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            return
        yield kind, at + 8, at + 8 + size
        at += size + 12


def _of_png(data: bytes) -> bytes | None:
    for kind, begin, end in _chunks(data):
        if kind == b"iCCP":
            packed = data[data.index(b"\0", begin, end) + 2 : end]
            return zlib.decompressobj().decompress(packed, _LARGEST)
    return None


def _of_jpeg(data: bytes) -> bytes | None:
    pieces: dict[int, bytes] = {}
    at = 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        (size,) = struct.unpack_from(">H", data, at + 2)
        if data[at + 1] == 0xE2 and data[at + 4 : at + 16] == b"ICC_PROFILE\0":
            pieces[data[at + 16]] = data[at + 18 : at + 2 + size]
        at += 2 + max(size, 2)
    return b"".join(pieces[number] for number in sorted(pieces)) or None


def _of_tiff(data: bytes) -> bytes | None:
    order = "<" if data[:2] == b"II" else ">"
    if struct.unpack_from(order + "H", data, 2)[0] != 42:
        return None
    (place,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, place)
    for number in range(count):
        tag, _, size, value = struct.unpack_from(order + "HHII", data, place + 2 + 12 * number)
        if tag == _PROFILE_TAG:
            return data[value : value + size]
    return None


def with_profile(data: bytes, profile: bytes) -> bytes:
    """An encoded PNG or TIFF image with a profile."""
    if data[:4] == b"\x89PNG":
        packed = b"iCCP" + b"ICC profile\0\0" + zlib.compress(profile)
        chunk = struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed))
        return data[:33] + chunk + data[33:]
    order = "<" if data[:2] == b"II" else ">"
    (place,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, place)
    end = place + 2 + 12 * count
    entries = [data[at : at + 12] for at in range(place + 2, end, 12)]
    # word boundaries, as the format asks for
    body = data + b"\0" * (len(data) % 2)
    entries.append(struct.pack(order + "HHII", _PROFILE_TAG, 7, len(profile), len(body)))
    entries.sort(key=lambda entry: struct.unpack_from(order + "H", entry)[0])
    body += profile + b"\0" * (len(profile) % 2)
    directory = struct.pack(order + "H", count + 1) + b"".join(entries) + data[end : end + 4]
    return body[:4] + struct.pack(order + "I", len(body)) + body[8:] + directory


def meaning(profile: bytes) -> Meaning | None:
    """What a profile of a display or a colour space says; None for other kinds, and for damaged ones."""
    try:
        tags = _tags(profile)
        columns = np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
        white, native = _D50, columns
        if b"chad" in tags:
            back = np.linalg.inv(_numbers(tags[b"chad"], 9).reshape(3, 3))
            white, native = back @ _D50, back @ columns
        elif b"wtpt" in tags and profile[8] < 4:
            white = _xyz(tags[b"wtpt"])
            native = adaptation(_D50, white) @ columns
        points = np.column_stack([native, white])
        chromaticities = tuple(float(v) for v in (points[:2] / points.sum(axis=0)).T.ravel())
        curve = _curve(tags[b"gTRC"])
    except (KeyError, ValueError, IndexError, struct.error, np.linalg.LinAlgError, OverflowError):
        return None
    if not np.isfinite(chromaticities).all() or not np.isfinite(curve).all():
        return None
    code = next((code for code in (1, 9, 12) if np.allclose(BY_CODE[code], chromaticities, atol=_SAME)), None)
    return Meaning(_nearest(curve), BY_CODE[code] if code else chromaticities, code)


_STEPS = np.linspace(0, 1, 33)


def _nearest(curve: np.ndarray) -> light.Transfer:
    known: tuple[light.Transfer, ...] = ("srgb", "gamma22", "gamma18")
    return min(known, key=lambda name: float(np.abs(light.decode(_STEPS, name) - curve).max()))


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    found = {}
    for number in range(min(count, 200)):
        name, begin, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        found[name] = profile[begin : begin + size]
    return found


def _numbers(tag: bytes, count: int) -> np.ndarray:
    return np.array(struct.unpack_from(f">{count}i", tag, 8)) / 65536


def _xyz(tag: bytes) -> np.ndarray:
    return _numbers(tag, 3)


_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}


def _curve(tag: bytes) -> np.ndarray:
    """Linear light at `_STEPS` of the code value."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return _STEPS
        if count == 1:
            return _STEPS ** (struct.unpack_from(">H", tag, 12)[0] / 256)
        table = np.frombuffer(tag, ">u2", min(count, _LARGEST), 12) / 65535
        return np.interp(_STEPS, np.linspace(0, 1, len(table)), table)
    if tag[:4] != b"para":
        raise ValueError
    (kind,) = struct.unpack_from(">H", tag, 8)
    given = struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)
    g, a, b, c, d, e, f = (*(value / 65536 for value in given), *[0.0] * (7 - len(given)))
    if kind == 0:
        return _STEPS**g
    power = np.maximum(a * _STEPS + b, 0) ** g
    if kind in (1, 2):
        return np.where(a * _STEPS + b >= 0, power + c, c)
    return np.where(d <= _STEPS, power + e, c * _STEPS + f)
