"""Turning seconds into frames, exactly and without decoding."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from fractions import Fraction

from anybokeh.clip.info import exact_seconds
from anybokeh.clip.listing import Listing, list_frames
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


def select(
    source: VideoSource, start: float | None, end: float | None, listing: Listing | None = None
) -> Selection:
    """Turn seconds into a selection; finds the exact index of a late start without decoding.

    listing: of the whole file, where it is known; else the file is read up to `end`.

    Raises InputError if the clip is known to end before `start`.
    """
    info = source.info
    first, last = exact_seconds(start), exact_seconds(end)
    if first is None and last is None:
        return Selection(frame_count=info.frame_count)
    if source.first_pts is None or (info.interlaced and first is None):
        return Selection(first, last)
    listing = listing or listed(source, last)
    low = 0 if first is None else _place(listing.times, source, first)
    high = len(listing.times) if last is None else _place(listing.times, source, last)
    count = max(0, high - low)
    if first is None:
        return Selection(None, last, frame_count=count)
    if not count:
        raise InputError(_nothing_between(source, listing, start, end))
    if source.untimed or listing.joints:
        # nothing tells where seeking would land
        return Selection(first, last, frame_count=count)
    before = bisect.bisect_right(listing.keys, source.first_pts + first / source.tick)
    seek = listing.keys[before - 1] if before else None
    return Selection(first, last, seek, listing.times, count)


def _nothing_between(source: VideoSource, listing: Listing, start: float | None, end: float | None) -> str:
    times, path = listing.times, source.info.path
    if not times or _place(times, source, exact_seconds(start) or Fraction(0)) < len(times):
        return f"start {start}, end {end}: no frame of {path} lies between; widen the range"
    last = float((times[-1] - (source.first_pts or 0)) * source.tick)
    return f"start {start}: the last frame of the clip {path} is at {last:.3f} s; start earlier"


def _place(times: tuple[int, ...], source: VideoSource, seconds: Fraction) -> int:
    """How many frames come before a moment."""
    return bisect.bisect_left(times, math.ceil((source.first_pts or 0) + seconds / source.tick))


def listed(source: VideoSource, end: Fraction | None = None) -> Listing:
    """The frames up to `end` seconds, without decoding; at the nominal rate where nothing else tells."""
    first = source.first_pts or 0
    # where frames are counted, the end is no time stamp of the file
    until = None if end is None or source.counted else first + math.ceil(end / source.tick)
    listing = list_frames(source.info.path, first, until)
    if listing.timed:
        return listing
    step = 1 / ((source.info.frame_rate or 25) * source.tick)
    return Listing(tuple(round(index * step) for index in range(len(listing.times))), (), timed=False)
