"""Video mattes: a foreground video and its coverage, as in VideoMatte240K."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError

from anybokeh.errors import InputError
from anybokeh.optics.light import decode
from anybokeh.synth.projection import Texture, texture_of

MATTE_FRAMES = 25
LONGEST = 768
_PICTURES = (".png", ".jpg", ".jpeg")
_VIDEOS = (".mp4", ".mkv", ".mov", ".webm", ".avi")


def find_mattes(folder: Path) -> list[Path]:
    """What read_matte reads: folders or videos in `mattes/**/fgr` that have a partner in `pha`.

    `mattes/NAME/fgr/*.png` is one matte; in `mattes/fgr/` every folder or video is one.

    Raises:
        InputError: a foreground has no coverage.
    """
    found = []
    for foreground in sorted((folder / "mattes").rglob("fgr")):
        if any(path.suffix.lower() in _PICTURES for path in foreground.iterdir()):
            found.append(foreground)
        else:
            found += [p for p in sorted(foreground.iterdir()) if p.is_dir() or p.suffix.lower() in _VIDEOS]
    for path in found:
        if not _partner(path).exists():
            raise InputError(f"{path}: has no coverage; expected it at {_partner(path)}")
    return found


def read_matte(path: Path, start: int, frames: int) -> tuple[Texture, ...]:
    """Some consecutive frames of a video matte, all cut to what the subject covers in any of them.

    Args:
        path: one of `find_mattes`.
        start: number of the first frame; taken modulo the frames that can be first.
        frames: how many, fewer where it is shorter.

    Raises:
        InputError: a part is unreadable, or the two differ in length or size.
    """
    partner = _partner(path)
    count, other = _count(path), _count(partner)
    if count != other or count == 0:
        raise InputError(f"{path}: has {count} frames and its coverage {other}; expected equal numbers")
    first = start % max(count - frames + 1, 1)
    pictures = []
    last = min(first + frames, count)
    for colour, grey in zip(_frames(path, first, last), _frames(partner, first, last), strict=True):
        if colour.shape != grey.shape:
            raise InputError(f"{path}: differs in size from its coverage {partner}")
        coverage = grey.mean(-1, keepdims=True).astype(np.float32) / 255
        light = decode(colour.astype(np.float32) / 255, "srgb").astype(np.float32)
        pictures.append(np.concatenate([light * coverage, coverage], -1))
    stack = np.stack(pictures)
    covered = stack[..., 3].max(0) > 0.01
    if not covered.any():
        raise InputError(f"{path}: its coverage {partner} is empty; remove it")
    rows, columns = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
    cut = stack[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return tuple(texture_of(picture) for picture in cut)


def _partner(path: Path) -> Path:
    """The same path below `pha` instead of the last `fgr`."""
    parts = list(path.parts)
    at = len(parts) - 1 - parts[::-1].index("fgr")
    parts[at] = "pha"
    return Path(*parts)


def _count(path: Path) -> int:
    if path.is_dir():
        return len(_files(path))
    try:
        with av.open(str(path)) as container:
            return sum(1 for packet in container.demux(video=0) if packet.size)
    except (FFmpegError, IndexError, OSError) as error:
        raise InputError(f"{path}: cannot be read ({error}); remove or replace it") from None


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)


def _frames(path: Path, first: int, last: int) -> Iterator[np.ndarray]:
    """RGB frames, (height, width, 3) uint8, reduced to at most LONGEST pixels."""
    if path.is_dir():
        for file in _files(path)[first:last]:
            picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
            if picture is None:
                raise InputError(f"{file}: cannot be read; remove or replace it")
            yield _reduced(picture[..., ::-1])
        return
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= last:
                return
            if index >= first:
                yield _reduced(frame.to_ndarray(format="rgb24"))


def _reduced(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = min(1, LONGEST / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)
