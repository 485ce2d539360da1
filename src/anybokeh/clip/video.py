"""Decoding video files with PyAV."""

from __future__ import annotations

import bisect
import itertools
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.error import BlockingIOError, EOFError, FFmpegError
from av.filter import Graph
from av.stream import Discard, Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from anybokeh.clip import colour, hdr, siting, whole
from anybokeh.clip.info import ClipInfo, ColourTags, Frame
from anybokeh.clip.orientation import Orientation, orientation_of
from anybokeh.errors import InputError

_PROBED_PACKETS = 64
_FIELD_ORDERS_INTERLACED = (2, 3, 4, 5)
_ATTACHED_PICTURE = Disposition.attached_pic


@dataclass(frozen=True)
class VideoSource:
    """A probed video file: what is told to users, and what decoding needs.

    untimed: the packets carry no display times, as in AVI; frames follow at the nominal rate.
    """

    info: ClipInfo
    stream_index: int
    stored_size: tuple[int, int]
    orientation: Orientation
    matrix: int
    full_range: bool
    first_pts: int | None
    tick: Fraction
    left_sited: bool = False
    untimed: bool = False
    decoder: str | None = None


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


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a container for reading; failures become InputError."""
    try:
        # absolute, so that no part of the name can be taken for a protocol
        container = av.open(str(path.absolute()), metadata_errors="replace")
    except (FFmpegError, OSError) as error:
        raise InputError(_unreadable(path, error)) from error
    with container:
        yield container


def _unreadable(path: Path, error: Exception) -> str:
    if path.is_file() and path.stat().st_size == 0:
        return f"{path}: the file is empty; expected a video"
    if isinstance(error, PermissionError):
        return f"{path}: reading is not permitted; change the file's permissions"
    reason = getattr(error, "strerror", None) or error
    return f"{path}: not a video, or damaged or cut short ({reason}); try another copy of the file"


def pick_stream(container: InputContainer) -> VideoStream | None:
    """The main video stream, passing over cover pictures."""
    streams = [s for s in container.streams.video if not s.disposition & _ATTACHED_PICTURE]
    best = container.streams.best("video")
    return next((s for s in streams if best is not None and s.index == best.index), None) or (
        streams[0] if streams else None
    )


def probe(path: Path) -> VideoSource:
    """Look at the container and decode the first frame.

    Raises InputError unless the file holds a video of which a frame can be decoded.
    """
    with opened(path) as container:
        stream = pick_stream(container)
        if stream is None:
            has = "only sound" if container.streams.audio else "no video"
            raise InputError(f"{path}: holds {has}; expected a video with pictures")
        if stream.codec_context is None:
            raise InputError(f"{path}: its video codec is unknown here; convert it to H.264 or ProRes first")
        _check_whole(path)
        times = _first_times(container, stream)
    with opened(path) as container:
        stream = container.streams[pick_index(container)]
        assert isinstance(stream, VideoStream)
        decoder = _special_decoder(stream)
        decoded = _decode(path, container, stream, decoder)
        first = next(decoded, None)
        if first is None:
            raise InputError(f"{path}: no frame of its video can be decoded; the file may be damaged")
        interlaced = first.interlaced_frame or stream.codec_context.field_order in _FIELD_ORDERS_INTERLACED
        return _describe(path, container, stream, first, times, interlaced, decoder)


def pick_index(container: InputContainer) -> int:
    """Index of the main video stream of a container that is known to have one."""
    stream = pick_stream(container)
    assert stream is not None
    return stream.index


def _check_whole(path: Path) -> None:
    least, size = whole.least_size(path), path.stat().st_size
    if least > size:
        raise InputError(f"{path}: cut short: {size} bytes of {least}; copy or download the file again")


def _first_times(container: InputContainer, stream: VideoStream) -> list[int | None]:
    """Time stamps of the first packets, in ticks."""
    times = []
    try:
        for packet in container.demux(stream):
            if packet.size and not packet.is_discard:
                times.append(packet.pts)
            if len(times) >= _PROBED_PACKETS:
                break
    except FFmpegError:
        pass  # decoding will say what is wrong
    return times


def _is_uneven(times: list[int | None]) -> bool:
    known = sorted(t for t in times if t is not None)
    # the last ones may still be reordered with frames that were not read
    spacing = [b - a for a, b in itertools.pairwise(known[: -8 if len(times) == _PROBED_PACKETS else None])]
    return bool(spacing) and max(spacing) - min(spacing) > 2


def _special_decoder(stream: VideoStream) -> str | None:
    """ffmpeg's own VP8 and VP9 decoders drop the alpha plane; libvpx keeps it."""
    if stream.metadata.get("alpha_mode", stream.metadata.get("ALPHA_MODE")) != "1":
        return None
    return {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.name)


def _describe(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    first: VideoFrame,
    times: list[int | None],
    interlaced: bool,
    decoder: str | None,
) -> VideoSource:
    context = stream.codec_context
    pixel_format = first.format.name
    tags = ColourTags(
        primaries=first.color_primaries,
        transfer=first.color_trc,
        matrix=first.colorspace,
        range=first.color_range,
    )
    orientation, exact = orientation_of(first)
    width, height = first.width, first.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if orientation.transpose:
        width, height, aspect = height, width, 1 / aspect
    tick = stream.time_base or first.time_base or Fraction(1, 90000)
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    duration = _duration(container, stream, tick)
    count, count_exact = _count(stream, rate, duration)
    full_range = tags.range == colour.FULL or pixel_format.startswith("yuvj")
    # AVI stores no display times, and those that are guessed for it are out of order with B-frames
    untimed = container.format.name == "avi" or None in times[1:]
    first_pts = 0 if untimed else first.pts if first.pts is not None else first.dts
    notes = []
    if not exact:
        notes.append("the rotation tag is not a multiple of 90 degrees and is ignored")
    if interlaced:
        notes.append("interlaced source: deinterlaced (bwdif), one frame for each pair of fields")
    if {"DOVI_METADATA", "DOVI_RPU_BUFFER", "DYNAMIC_HDR_PLUS"} & set(hdr.side_data_kinds(first)):
        notes.append("dynamic HDR metadata (Dolby Vision, HDR10+) describes the old frames and is left out")
    if not colour.matrix_is_known(tags):
        notes.append(f"colour matrix {tags.matrix} is not supported and is treated as BT.709 or BT.601")
    info = ClipInfo(
        path=path,
        width=width,
        height=height,
        pixel_aspect=aspect,
        frame_rate=rate,
        variable_rate=_is_uneven(times),
        frame_count=count,
        frame_count_exact=count_exact,
        duration=duration,
        bit_depth=colour.bit_depth(pixel_format),
        transfer=colour.transfer_of(tags),
        colour=tags,
        light_levels=hdr.light_levels(first),
        pixel_format=pixel_format,
        time_base=tick,
        first_time=(first_pts or 0) * tick,
        rotation=orientation.degrees,
        has_alpha=colour.has_alpha(pixel_format),
        interlaced=interlaced,
        codec=context.codec.canonical_name,
        audio_streams=len(container.streams.audio),
        subtitle_streams=len(container.streams.subtitles),
        notes=tuple(notes),
    )
    return VideoSource(
        info=info,
        stream_index=stream.index,
        stored_size=(first.width, first.height),
        orientation=orientation,
        matrix=colour.sws_matrix(tags, first.width, first.height),
        full_range=full_range,
        first_pts=first_pts,
        tick=tick,
        untimed=untimed,
        left_sited=siting.must_be_set(first, context.codec.canonical_name),
        decoder=decoder,
    )


def _duration(container: InputContainer, stream: VideoStream, tick: Fraction) -> float | None:
    if stream.duration is not None:
        return float(stream.duration * tick)
    return container.duration / av.time_base if container.duration is not None else None


def _count(stream: VideoStream, rate: Fraction | None, duration: float | None) -> tuple[int | None, bool]:
    """The number of frames, and whether it is exact."""
    if stream.frames and len(stream.index_entries) == stream.frames:
        shown = sum(not entry.is_discard for entry in stream.index_entries)
        return shown, True
    if rate and duration:
        return max(1, round(duration * rate)), False
    return None, False


def _decode(
    path: Path, container: InputContainer, stream: VideoStream, decoder: str | None
) -> Iterator[VideoFrame]:
    """Decoded frames in order of display, from where the container stands.

    Packets before the first decodable frame may fail, as in recordings that begin between key frames;
    later failures raise InputError.
    """
    stream.thread_type = "AUTO"
    context = stream.codec_context
    if decoder is not None:
        context = cast(VideoCodecContext, av.CodecContext.create(decoder, "r"))
    seen = False
    time = Fraction(0)
    try:
        for packet in container.demux(stream):
            try:
                frames = context.decode(packet if packet.size or packet.pts is not None else None)
            except EOFError:
                break
            except FFmpegError as error:
                if seen:
                    raise InputError(_damaged(path, time, error)) from error
                continue
            for frame in frames:
                if frame.time_base is None:
                    frame.time_base = packet.time_base
                seen = True
                if frame.pts is not None:
                    time = frame.pts * Fraction(packet.time_base)
                yield frame
    except FFmpegError as error:
        raise InputError(_damaged(path, time, error)) from error


def _damaged(path: Path, time: Fraction, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or error
    return (
        f"{path}: damaged or cut short after {float(time):.2f} s ({reason});"
        " render the part before with --end, or use another copy"
    )


def select(source: VideoSource, start: float | None, end: float | None) -> Selection:
    """Turn seconds into a selection; finds the exact index of a late start without decoding.

    Raises InputError if the clip is known to end before `start`.
    """
    info = source.info
    if start is not None and info.duration is not None and start >= info.duration:
        raise InputError(f"start {start}: the clip {info.path} ends at {info.duration:.3f} s; start earlier")
    first, last = _seconds(start), _seconds(end)
    if first is None and last is None:
        return Selection(frame_count=info.frame_count)
    if source.first_pts is None or (info.interlaced and first is None):
        return Selection(first, last)
    times, keys = _scan(source, first, last)
    count = sum(
        (first is None or (t - source.first_pts) * source.tick >= first)
        and (last is None or (t - source.first_pts) * source.tick < last)
        for t in times
    )
    if first is None:
        return Selection(None, last, frame_count=count)
    if not count:
        raise InputError(f"start {start}, end {end}: no frame of {info.path} lies between; widen the range")
    target = source.first_pts + first / source.tick
    seek = max((k for k in keys if k <= target), default=None)
    return Selection(first, last, seek, tuple(times), count)


def _nominal_count(info: ClipInfo, start: Fraction | None, end: Fraction | None) -> int | None:
    if info.frame_count is None or info.frame_rate is None:
        return None
    low = 0 if start is None else math.ceil(start * info.frame_rate)
    high = info.frame_count if end is None else math.ceil(end * info.frame_rate)
    return max(0, min(high, info.frame_count) - low)


def _seconds(value: float | None) -> Fraction | None:
    # the simple fraction that is meant, so that 0.04 and float(frame.time) name that very frame
    return None if value is None else Fraction(value).limit_denominator(1_000_000)


def _scan(source: VideoSource, start: Fraction | None, end: Fraction | None) -> tuple[list[int], list[int]]:
    """Time stamps of the frames up to `end`, sorted, and those of key frames; packets are not decoded."""
    first = source.first_pts or 0
    times: list[int] = []
    keys: list[int] = []
    with opened(source.info.path) as container:
        stream = _only(container, source.stream_index)
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
    return sorted(times), keys


def _only(container: InputContainer, index: int) -> VideoStream:
    """The stream of that index, with all others discarded while reading."""
    for stream in container.streams:
        if stream.index != index:
            stream.discard = Discard.all
    stream = container.streams[index]
    assert isinstance(stream, VideoStream)
    return stream


def read(source: VideoSource, selection: Selection) -> Iterator[Frame]:
    """Decode the selected frames."""
    convert = colour.ToRgb(source.matrix, source.full_range, source.left_sited)
    turn = source.orientation.apply
    count = 0
    for index, time, duration, picture in _timed(source, selection):
        if (picture.width, picture.height) != source.stored_size:
            raise InputError(
                f"{source.info.path}: frame {index} is {picture.width}x{picture.height}, the first is"
                f" {source.stored_size[0]}x{source.stored_size[1]}; cut the clip where its size changes"
            )
        pixels, alpha = convert(picture)
        count += 1
        yield Frame(index, time, duration, turn(pixels), None if alpha is None else turn(alpha))
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
    source: VideoSource, selection: Selection
) -> Iterator[tuple[int, Fraction, Fraction | None, VideoFrame]]:
    """The selected frames with their index, time and duration in seconds from the source's first frame.

    A frame lasts until the next one; what containers say of durations is wrong where the rate varies.
    """
    held: tuple[int, Fraction, Fraction | None, VideoFrame] | None = None
    for index, time, duration, picture in _numbered(source, selection):
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
    source: VideoSource, selection: Selection
) -> Iterator[tuple[int, Fraction, Fraction | None, VideoFrame]]:
    """Frames from the selection's start or earlier; the duration is the container's."""
    if selection.seek_pts is not None:
        sought = _sought(source, selection)
        head = next(sought, None)
        if head is not None:
            yield head
            yield from sought
            return
    for index, (pts, duration, frame) in enumerate(_pictures(source, None)):
        yield index, (pts - (source.first_pts or 0)) * source.tick, duration, frame


def _sought(
    source: VideoSource, selection: Selection
) -> Iterator[tuple[int, Fraction, Fraction | None, VideoFrame]]:
    """Like _numbered, from the key frame on; yields nothing where seeking landed elsewhere."""
    first = source.first_pts or 0
    index = None
    for pts, duration, frame in _pictures(source, selection.seek_pts):
        if index is None:
            place = bisect.bisect_left(selection.times, pts)
            late = selection.start is not None and (pts - first) * source.tick > selection.start
            known = place < len(selection.times) and selection.times[place] == pts
            if not known or (late and pts != selection.seek_pts):
                return
            index = place
        yield index, (pts - first) * source.tick, duration, frame
        index += 1


def _pictures(source: VideoSource, seek_pts: int | None) -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
    """Decoded, deinterlaced frames with their time stamp in ticks and duration in seconds."""
    with opened(source.info.path) as container:
        stream = _only(container, source.stream_index)
        if seek_pts is not None:
            container.seek(seek_pts, stream=stream)
        frames = _stamped(source, _decode(source.info.path, container, stream, source.decoder))
        yield from _deinterlaced(frames, source.tick, source.info.interlaced)


def _stamped(
    source: VideoSource, frames: Iterator[VideoFrame]
) -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
    """Add time stamps where the container has none, at the nominal rate."""
    step = 1 / ((source.info.frame_rate or 25) * source.tick)
    first = source.first_pts or 0
    previous: int | None = None
    for index, frame in enumerate(frames):
        pts = frame.pts if frame.pts is not None else frame.dts
        if source.untimed:
            pts = first + round(index * step)
        elif pts is None:
            pts = first if previous is None else previous + (round(step) or 1)
        elif previous is not None and pts <= previous:
            pts = previous + 1  # two frames within one tick of a coarse clock
        previous = pts
        yield pts, frame.duration * source.tick if frame.duration else None, frame


def _deinterlaced(
    frames: Iterator[tuple[int, Fraction | None, VideoFrame]], tick: Fraction, from_start: bool
) -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
    """One progressive frame for each frame, from the first interlaced one on or from the start.

    bwdif looks one frame ahead.
    """
    graph: Graph | None = None
    waiting: deque[tuple[int, Fraction | None]] = deque()

    def drain() -> Iterator[tuple[int, Fraction | None, VideoFrame]]:
        assert graph is not None
        while waiting:
            try:
                picture = graph.vpull()
            except (BlockingIOError, EOFError):
                return
            yield *waiting.popleft(), picture

    for pts, duration, frame in frames:
        if graph is None and not (from_start or frame.interlaced_frame):
            yield pts, duration, frame
            continue
        if graph is None:
            mode = "interlaced" if frame.interlaced_frame else "all"
            graph = Graph()
            entry = graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=tick
            )
            graph.link_nodes(
                entry,
                graph.add("bwdif", f"mode=send_frame:deint={mode}"),
                graph.add("buffersink"),
            ).configure()
        frame.pts, frame.time_base = pts, tick
        waiting.append((pts, duration))
        graph.vpush(frame)
        yield from drain()
    if graph is not None:
        graph.vpush(None)
        yield from drain()
