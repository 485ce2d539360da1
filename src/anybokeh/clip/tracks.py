"""What the tracks of an MP4 or QuickTime file hold by their own names, also where FFmpeg knows no codec."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from anybokeh.clip.boxes import boxes, movie_header

_CONTENTS = {
    b"dish": "disparity (HEVC)",
    b"deph": "depth (HEVC)",
    b"muxa": "picture with alpha (HEVC)",
    b"mebx": "timed metadata",
    b"tmcd": "timecode",
}
"""By the code of a track's sample description."""
_SECOND_VIEW = b"lhvC"
"""The box that describes the second view of spatial video, beside that of the first."""


def track_contents(path: Path) -> dict[int, str]:
    """What tracks hold that are no mere picture or sound, by the number of the track; {} for other files."""
    found = {}
    for kind, track in _inside(movie_header(path)):
        content = _content(track) if kind == b"trak" else None
        if content is not None:
            found[content[0]] = content[1]
    return found


def _content(track: bytes) -> tuple[int, str] | None:
    inside = dict(_inside(track))
    head = inside.get(b"tkhd", b"")
    # times of 4 bytes, and of 8 in version 1, come before the number
    place = 20 if head[:1] == b"\1" else 12
    description = inside.get(b"mdia", b"")
    for name in (b"minf", b"stbl", b"stsd"):
        description = dict(_inside(description)).get(name, b"")
    # version, flags and the number of entries come first
    entry = next(_inside(description[8:]), None)
    if entry is None or len(head) < place + 4:
        return None
    code, text = entry
    what = "two views (MV-HEVC)" if _SECOND_VIEW in text else _CONTENTS.get(code)
    return None if what is None else (int.from_bytes(head[place : place + 4], "big"), what)


def _inside(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of the boxes that lie in another."""
    for kind, begin, end in boxes(io.BytesIO(data), len(data)):
        yield kind, data[begin:end]
