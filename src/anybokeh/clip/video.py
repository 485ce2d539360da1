"""Decoding the selected frames of a video file."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from fractions import Fraction

from av.video.frame import VideoFrame

from anybokeh.clip import colour
from anybokeh.clip.container import decode, only_stream, opened
from anybokeh.clip.damaged_frames import mended
from anybokeh.clip.deinterlace import deinterlaced
from anybokeh.clip.info import Frame
from anybokeh.clip.listing import Listing
from anybokeh.clip.probe import VideoSource
from anybokeh.clip.selection import Selection
from anybokeh.errors import InputError


def read(source: VideoSource, selection: Selection, listing: Listing | None = None) -> Iterator[Frame]:
    """Decode the selected frames; with a listing of all of them, those that are damaged repeat others."""
    convert = colour.ToRgb(source.matrix, source.full_range, source.left_sited)
    turn = source.orientation.apply
    count = 0
    repeated: set[int] = set()
    first = source.first_pts or 0
    for index, time, duration, picture in _timed(source, selection, listing, repeated):
        if (picture.width, picture.height) != source.stored_size:
            raise InputError(
                f"{source.info.path}: frame {index} is {picture.width}x{picture.height}, the first is"
                f" {source.stored_size[0]}x{source.stored_size[1]}; cut the clip where its size changes"
            )
        pixels, alpha = convert(picture)
        count += 1
        repeats = bool(repeated) and first + round(time / source.tick) in repeated
        yield Frame(index, time, duration, turn(pixels), None if alpha is None else turn(alpha), repeats)
    expected = selection.frame_count
    if (
        selection.end is None
        and source.info.frame_count_exact
        and expected is not None
        and count < 0.9 * expected
    ):
        raise InputError(
            f"{source.info.path}: damaged: {count} frames of {expected} could be decoded;"
            " use another copy of the file"
        )


def _timed(
    source: VideoSource, selection: Selection, listing: Listing | None, repeated: set[int]
) -> Iterator[tuple[int, Fraction, Fraction | None, VideoFrame]]:
    """The selected frames with their index, time and duration in seconds from the source's first frame.

    A frame lasts until the next one; what containers say of durations is wrong where the rate varies.
    """
    held: tuple[int, Fraction, Fraction | None, VideoFrame] | None = None
    for index, time, duration, picture in _numbered(source, selection, listing, repeated):
        if held is not None:
            yield held[0], held[1], time - held[1], held[3]
            held = None
        if selection.end is not None and time >= selection.end:
            return
        if selection.start is None or time >= selection.start:
            held = index, time, duration, picture
    if held is not None:
        yield held


def _numbered(
    source: VideoSource, selection: Selection, listing: Listing | None, repeated: set[int]
) -> Iterator[tuple[int, Fraction, Fraction | None, VideoFrame]]:
    """Frames from the selection's start or earlier; the duration is the container's."""
    if selection.seek_pts is not None:
        sought = _sought(source, selection, listing, repeated)
        head = next(sought, None)
        if head is not None:
            yield head
            yield from sought
            return
    for index, (pts, duration, frame) in enumerate(pictures(source, None, listing, repeated)):
        yield index, (pts - (source.first_pts or 0)) * source.tick, duration, frame


def _sought(
    source: VideoSource, selection: Selection, listing: Listing | None, repeated: set[int]
) -> Iterator[tuple[int, Fraction, Fraction | None, VideoFrame]]:
    """Like _numbered, from the key frame on; yields nothing where seeking landed elsewhere."""
    first = source.first_pts or 0
    index = None
    for pts, duration, frame in pictures(source, selection.seek_pts, listing, repeated):
        if index is None:
            place = bisect.bisect_left(selection.times, pts)
            late = selection.start is not None and (pts - first) * source.tick > selection.start
            known = place < len(selection.times) and selection.times[place] == pts
            if not known or (late and pts != selection.seek_pts):
                return
            index = place
        yield index, (pts - first) * source.tick, duration, frame
        index += 1


def pictures(
    source: VideoSource,
    seek_pts: int | None,
    listing: Listing | None = None,
    repeated: set[int] | None = None,
) -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
    """Decoded, deinterlaced frames with their time stamp in ticks and duration in seconds."""
    with opened(source.info.path) as container:
        stream = only_stream(container, source.stream_index)
        if seek_pts is not None:
            container.seek(seek_pts, stream=stream)
        on_damage = "fail" if listing is None else "repeat"
        frames = _stamped(source, decode(source.info.path, container, stream, source.decoder, on_damage))
        if listing is not None:
            frames = mended(frames, listing.times, seek_pts is None, set() if repeated is None else repeated)
        if source.never_deinterlaced:
            yield from frames
        else:
            yield from deinterlaced(frames, source.tick, source.info.interlaced)


def _stamped(
    source: VideoSource, frames: Iterator[VideoFrame]
) -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
    """Add time stamps where the container has none, at the nominal rate."""
    step = 1 / ((source.info.frame_rate or 25) * source.tick)
    first = source.first_pts or 0
    zero = previous = None
    for index, frame in enumerate(frames):
        pts = frame.pts if frame.pts is not None or source.untimed else frame.dts
        if source.counted:
            pts = first + round(index * step)
        elif source.untimed and pts is not None:
            zero = pts if zero is None else zero
            pts += first - zero
        elif source.untimed and zero is None:
            pts = first + round(index * step)
        elif pts is None:
            pts = first if previous is None else previous + (round(step) or 1)
        elif previous is not None and pts <= previous:
            pts = previous + 1  # two frames within one tick of a coarse clock
        previous = pts
        yield pts, frame.duration * source.tick if frame.duration else None, frame
