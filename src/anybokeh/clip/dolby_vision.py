"""Dolby Vision: its profile by the header of MP4 and QuickTime files, and what is left of it in a render."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from anybokeh.clip.boxes import movie_header

_BOXES = (b"dvcC", b"dvvC", b"dvwC")
_SIZE = 32
"""Bytes of the box that holds the configuration."""
_COMPATIBLE = {1: "HDR10", 2: "SDR", 4: "HLG", 6: "HDR10"}


@dataclass(frozen=True)
class DolbyVision:
    """Of Dolby Vision 8.4 the profile is 8 and the compatibility 4; 0 is compatible with nothing."""

    profile: int
    compatibility: int

    def __str__(self) -> str:
        more = f".{self.compatibility}" if self.profile in (8, 10) else ""
        return f"profile {self.profile}{more}"

    @property
    def base(self) -> str | None:
        """What its pictures are without it; None where they are nothing that others can show."""
        return _COMPATIBLE.get(self.compatibility)


def dolby_vision(path: Path) -> DolbyVision | None:
    """The configuration by the header of an MP4 or QuickTime file; None where it tells of none."""
    header = movie_header(path)
    for name in _BOXES:
        place = header.find(_SIZE.to_bytes(4, "big") + name)
        content = header[place + 8 : place + 13]
        if place >= 0 and len(content) == 5:
            # version, 7 bits profile, 6 bits level, 3 flags, 4 bits compatibility
            _, _, first, _, last = content
            return DolbyVision(first >> 1, last >> 4)
    return None


def left_out(found: DolbyVision | None, transfer: str) -> str:
    """What to tell of a clip whose Dolby Vision metadata describes the frames as they were.

    found: None where the header says nothing. transfer: of the clip's tags.
    """
    if found is not None and found.base is None:
        return (
            f"Dolby Vision {found} has no picture that is right without its metadata: colours will be wrong; "
            "convert it to HDR10 or HLG first"
        )
    name = "Dolby Vision" if found is None else f"Dolby Vision {found}"
    base = {"hlg": "HLG", "pq": "HDR10"}.get(transfer) if found is None else found.base
    rest = f"; what remains is valid {base}" if base else ""
    return f"the metadata of {name} describes the old frames and is left out{rest}"
