"""Single frames of a video in any order, decoded from the nearest key frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from anybokeh.clip import ClipInfo, probe, video
from anybokeh.clip.colour import ToRgb
from anybokeh.clip.listing import list_frames
from anybokeh.errors import InputError

_AHEAD = 48
"""Frames that are decoded on the way rather than sought."""
_BACK = 2.0
"""Seconds to begin earlier where a container's index points behind the frame."""


class VideoFrames:
    """Frames of a video file by index, for one thread at a time.

    times: (frames,) seconds of every frame of the source. exact: whether they are; else the file is not
    looked through for places where its clock begins anew.
    """

    def __init__(self, info: ClipInfo, times: np.ndarray, exact: bool) -> None:
        self._info = info
        self._times = times
        self._source = probe.probe(info.path)
        one_clock = info.frame_count_exact or not exact
        self._seeks = not self._source.untimed and (one_clock or not self._joints())
        self._convert = ToRgb(self._source.matrix, self._source.full_range, self._source.left_sited)
        self._running: Iterator[tuple[int, Fraction | None, VideoFrame]] | None = None
        self._next = 0

    def read(self, index: int) -> np.ndarray:
        """RGB (height, width, 3) uint8 or uint16; raises InputError where it is damaged."""
        picture = self._find(index)
        return self._source.orientation.apply(self._convert(picture)[0])

    def close(self) -> None:
        """Let go of the file."""
        if self._running is not None:
            self._running.close()  # type: ignore[attr-defined]
            self._running = None

    def _joints(self) -> tuple[tuple[int, Fraction], ...]:
        return list_frames(self._info.path, self._source.first_pts or 0).joints

    def _find(self, index: int) -> VideoFrame:
        if self._running is not None and self._next <= index < self._next + _AHEAD:
            found = self._decode_to(index)
            if found is not None:
                return found
        seconds = float(self._times[index])
        for back in (0.0, _BACK, seconds):
            start = max(0.0, seconds - back)
            self.close()
            seek = self._ticks(start) if self._seeks and start > 0 else None
            self._running = video.pictures(self._source, seek)
            self._next = 0 if seek is None else -1
            found = self._decode_to(index)
            if found is not None:
                return found
        self.close()
        raise InputError(f"{self._info.path}: frame {index} cannot be decoded; the file may be damaged")

    def _decode_to(self, index: int) -> VideoFrame | None:
        """The frame, or None where decoding is already past it or ends before."""
        assert self._running is not None
        source = self._source
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

    def _ticks(self, seconds: float) -> int:
        return (self._source.first_pts or 0) + int(seconds / float(self._source.tick))


def _nearest(times: np.ndarray, seconds: float) -> int:
    after = min(int(np.searchsorted(times, seconds)), len(times) - 1)
    return after - 1 if after > 0 and seconds - times[after - 1] < times[after] - seconds else after
