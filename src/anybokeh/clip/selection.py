"""Turning seconds into frames, exactly and without decoding."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from fractions import Fraction

from av.error import FFmpegError

from anybokeh.clip.container import only_stream, opened
from anybokeh.clip.info import ClipInfo, exact_seconds
from anybokeh.clip.probe import VideoSource
from anybokeh.errors import InputError


@dataclass(frozen=True)
class Selection:
    """Which frames to hand out, and from where to decode.

    start, end: seconds from the first frame. seek_pts, times: where decoding may begin, and every time
    stamp of the frames up to there, which gives frames their index; None to decode from the beginning.
    """

    start: Fraction | None = None
    end: Fraction | None = None
    seek_pts: int | None = None
    times: tuple[int, ...] = ()
    frame_count: int | None = None


@dataclass(frozen=True)
class Listing:
    """Time stamps of the frames of a file, ascending, and those of key frames."""

    times: tuple[int, ...]
    keys: tuple[int, ...]


def select(
    source: VideoSource, start: float | None, end: float | None, listing: Listing | None = None
) -> Selection:
    """Turn seconds into a selection; finds the exact index of a late start without decoding.

    listing: of the whole file, where it is known; else the file is read up to `end`.

    Raises InputError if the clip is known to end before `start`.
    """
    info = source.info
    if start is not None and info.duration is not None and start >= info.duration:
        raise InputError(f"start {start}: the clip {info.path} ends at {info.duration:.3f} s; start earlier")
    first, last = exact_seconds(start), exact_seconds(end)
    if first is None and last is None:
        return Selection(frame_count=info.frame_count)
    if source.first_pts is None or (info.interlaced and first is None):
        return Selection(first, last)
    empty = f"start {start}, end {end}: no frame of {info.path} lies between; widen the range"
    if source.untimed:
        # without time stamps nothing tells where seeking would land
        nominal = _nominal_count(info, first, last)
        if nominal == 0:
            raise InputError(empty)
        return Selection(first, last, frame_count=nominal)
    listing = listing or list_frames(source, last)
    low = 0 if first is None else _place(listing.times, source, first)
    high = len(listing.times) if last is None else _place(listing.times, source, last)
    count = max(0, high - low)
    if first is None:
        return Selection(None, last, frame_count=count)
    if not count:
        raise InputError(empty)
    before = bisect.bisect_right(listing.keys, source.first_pts + first / source.tick)
    seek = listing.keys[before - 1] if before else None
    return Selection(first, last, seek, listing.times, count)


def _place(times: tuple[int, ...], source: VideoSource, seconds: Fraction) -> int:
    """How many frames come before a moment."""
    return bisect.bisect_left(times, math.ceil((source.first_pts or 0) + seconds / source.tick))


def _nominal_count(info: ClipInfo, start: Fraction | None, end: Fraction | None) -> int | None:
    if info.frame_count is None or info.frame_rate is None:
        return None
    low = 0 if start is None else math.ceil(start * info.frame_rate)
    high = info.frame_count if end is None else math.ceil(end * info.frame_rate)
    return max(0, min(high, info.frame_count) - low)


def list_frames(source: VideoSource, end: Fraction | None = None) -> Listing:
    """The frames up to `end`; packets are not decoded."""
    first = source.first_pts or 0
    times: list[int] = []
    keys: list[int] = []
    with opened(source.info.path) as container:
        stream = only_stream(container, source.stream_index)
        try:
            for packet in container.demux(stream):
                if packet.pts is None:
                    continue
                # decoding order never lags behind display order: nothing later can come before `end`
                if end is not None and packet.dts is not None and (packet.dts - first) * source.tick >= end:
                    break
                if packet.pts < first or packet.is_discard:
                    continue
                times.append(packet.pts)
                if packet.is_keyframe:
                    keys.append(packet.pts)
        except FFmpegError:
            pass  # decoding will say what is wrong
    return Listing(tuple(sorted(times)), tuple(sorted(keys)))
