"""How large inputs may be, so that a small file cannot ask for all memory, disk or time there is.

The limits leave room for 16384x8192 pixels and for 46 hours at 60 frames a second. ANYBOKEH_MAX_PIXELS and
ANYBOKEH_MAX_FRAMES set others.
"""

from __future__ import annotations

import os
from pathlib import Path

from anybokeh.errors import InputError

_PIXELS = "ANYBOKEH_MAX_PIXELS"
_FRAMES = "ANYBOKEH_MAX_FRAMES"
_DEFAULTS = {_PIXELS: 1 << 27, _FRAMES: 10_000_000}
_SMALL_ARCHIVE = 1 << 30
_MOST_UNPACKED = 200


class TooLarge(InputError):
    """An input exceeds a limit."""


def max_pixels() -> int:
    """Most pixels of one picture."""
    return _limit(_PIXELS)


def check_pixels(name: str | Path, width: int, height: int) -> None:
    """Raise TooLarge where a picture of that size must not be decoded."""
    if width * height > max_pixels():
        raise TooLarge(
            f"{name}: is {width}x{height}, more than {max_pixels()} pixels; scale it down or set {_PIXELS}"
        )


def check_frames(name: str | Path, count: int) -> None:
    """Raise TooLarge where a clip says that it has more frames than are credible."""
    if count > _limit(_FRAMES):
        raise TooLarge(
            f"{name}: tells of {count} frames, more than {_limit(_FRAMES)}; set {_FRAMES} if it is so"
        )


def check_unpacked(name: str | Path, packed: int, unpacked: int) -> None:
    """Raise TooLarge where an archive unpacks to absurdly more bytes than it has."""
    if unpacked > max(_SMALL_ARCHIVE, _MOST_UNPACKED * packed):
        raise TooLarge(f"{name}: unpacks from {packed} to {unpacked} bytes; save it as .npy instead")


def _limit(name: str) -> int:
    text = os.environ.get(name, str(_DEFAULTS[name]))
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:18]) <= 1 << 40):
        raise InputError(f"{name} is {text!r}: expected a whole number above 0")
    return int(text)
