"""Single frames of a clip in any order, decoded from the nearest key frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from anybokeh.clip import ClipInfo, images, probe, video
from anybokeh.clip.colour import ToRgb
from anybokeh.clip.sequences import find_images
from anybokeh.clip.times import source_times
from anybokeh.errors import InputError

_AHEAD = 48
"""Frames that are decoded on the way rather than sought."""
_LISTED_BYTES = 64 << 20
"""Files up to this size are gone through at once where their header does not give all frame times."""
_BACK = 2.0
"""Seconds to begin earlier where a container's index points behind the frame."""


def frame_times(info: ClipInfo) -> tuple[np.ndarray, bool]:
    """Seconds of every frame, (frames,), and whether that is exact; large files are not read whole for it."""
    known = info.frame_rate is None or (info.frame_count_exact and not info.variable_rate)
    if known or info.path.stat().st_size <= _LISTED_BYTES or not info.frame_count:
        return source_times(info), True
    return np.arange(info.frame_count) / float(info.rate), False


class FrameReader:
    """Frames of one clip by index; one decoder, which goes on where it stands if the next frame is near.

    times: (frames,) seconds of every frame of the source.
    """

    def __init__(self, info: ClipInfo, times: np.ndarray) -> None:
        self._info = info
        self._times = times
        self._lock = threading.Lock()
        self._files: tuple = ()
        self._source: probe.VideoSource | None = None
        if info.frame_rate is None:
            self._files = find_images(info.path).files
        else:
            self._source = probe.probe(info.path)
            self._convert = ToRgb(self._source.matrix, self._source.full_range, self._source.left_sited)
        self._running: Iterator[tuple[int, Fraction | None, VideoFrame]] | None = None
        self._next = 0

    def read(self, index: int) -> np.ndarray:
        """RGB (height, width, 3), uint8, uint16 or linear float32; raises InputError where it is damaged."""
        with self._lock:
            if self._source is None:
                return images.load(self._files[index])[0]
            picture = self._find(self._source, index)
            return self._source.orientation.apply(self._convert(picture)[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._running is not None:
            self._running.close()  # type: ignore[attr-defined]
            self._running = None

    def _find(self, source: probe.VideoSource, index: int) -> VideoFrame:
        if self._running is not None and self._next <= index < self._next + _AHEAD:
            found = self._decode_to(source, index)
            if found is not None:
                return found
        seconds = float(self._times[index])
        for back in (0.0, _BACK, seconds):
            start = max(0.0, seconds - back)
            self._stop()
            seek = None if source.untimed or start == 0 else self._ticks(source, start)
            self._running = video.pictures(source, seek)
            self._next = 0 if seek is None else -1
            found = self._decode_to(source, index)
            if found is not None:
                return found
        self._stop()
        raise InputError(f"{self._info.path}: frame {index} cannot be decoded; the file may be damaged")

    def _decode_to(self, source: probe.VideoSource, index: int) -> VideoFrame | None:
        """The frame, or None where decoding is already past it or ends before."""
        assert self._running is not None
        picture, here = None, -1
        for pts, _, picture in self._running:
            if source.untimed:
                here = self._next
            else:
                seconds = float((pts - (source.first_pts or 0)) * source.tick)
                here = _nearest(self._times, seconds)
            self._next = here + 1
            if here == index:
                return picture
            if here > index:
                return None
        self._running = None
        # containers now and then announce a frame too many: the last one stands for it
        return picture if here >= 0 and index == len(self._times) - 1 and index - here <= 2 else None

    @staticmethod
    def _ticks(source: probe.VideoSource, seconds: float) -> int:
        return (source.first_pts or 0) + int(seconds / float(source.tick))


def _nearest(times: np.ndarray, seconds: float) -> int:
    after = min(int(np.searchsorted(times, seconds)), len(times) - 1)
    return after - 1 if after > 0 and seconds - times[after - 1] < times[after] - seconds else after
