"""Single frames of a clip in any order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from anybokeh.clip import ClipInfo, Frame, images, pages
from anybokeh.clip.sequences import find_images
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError
from anybokeh.studio.video_frames import VideoFrames

_LISTED_BYTES = 64 << 20
"""Files up to this size are gone through at once where their header does not give all frame times."""


def frame_times(info: ClipInfo) -> tuple[np.ndarray, bool]:
    """Seconds of every frame, (frames,), and whether that is exact; large files are not read whole for it."""
    counted = info.frame_rate is None or (info.frame_count_exact and not info.variable_rate)
    known = counted or info.times is not None
    if known or info.path.stat().st_size <= _LISTED_BYTES or not info.frame_count:
        return source_times(info), True
    return np.arange(info.frame_count) / float(info.rate), False


class FrameReader:
    """Frames of one clip by index; one decoder, which goes on where it stands if the next frame is near.

    times: (frames,) seconds of every frame of the source. exact: whether they are, see `frame_times`.
    """

    def __init__(self, info: ClipInfo, times: np.ndarray, exact: bool = True) -> None:
        self._frames = _frames(info, times, exact)
        self._lock = threading.Lock()

    def read(self, index: int) -> np.ndarray:
        """RGB (height, width, 3), uint8, uint16 or linear float32; raises InputError where it is damaged."""
        with self._lock:
            return self._frames.read(index)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._frames.close()


class _Frames(Protocol):
    def read(self, index: int) -> np.ndarray: ...
    def close(self) -> None: ...


def _frames(info: ClipInfo, times: np.ndarray, exact: bool) -> _Frames:
    if info.times is not None:
        return _PageFrames(info)
    return _ImageFrames(info) if info.frame_rate is None else VideoFrames(info, times, exact)


class _ImageFrames:
    """A file for each frame."""

    def __init__(self, info: ClipInfo) -> None:
        self._files = find_images(info.path).files

    def read(self, index: int) -> np.ndarray:
        return images.load(self._files[index])[0]

    def close(self) -> None:
        pass


class _PageFrames:
    """Several images in one file."""

    def __init__(self, info: ClipInfo) -> None:
        self._info = info
        self._running: Iterator[Frame] | None = None
        self._next = 0

    def read(self, index: int) -> np.ndarray:
        if self._running is None or index != self._next:
            self._running = self._from(index)
        self._next = index + 1
        return next(self._running).pixels

    def close(self) -> None:
        self._running = None

    def _from(self, index: int) -> Iterator[Frame]:
        found = pages.find_pages(self._info.path)
        if found is None or found.times != self._info.times:
            raise InputError(f"{self._info.path}: changed while it was open; open it again")
        return pages.read(found, range(index, len(found.times)), self._info)
