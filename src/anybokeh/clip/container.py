"""Opening video files with PyAV, picking the main stream, decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.error import EOFError, FFmpegError
from av.stream import Discard, Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from anybokeh.clip.clock import Clock, StoredOrder
from anybokeh.clip.damaged_frames import Suspects
from anybokeh.errors import InputError
from anybokeh.runtime.limits import max_pixels
from anybokeh.settings import OnDamage

# they could open files and hosts that the user did not name
_LISTS = ("hls", "concat", "concatf", "dash", "imf", "lavfi", "webm_dash_manifest")


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a container for reading; failures become InputError."""
    try:
        # absolute, so that no part of the name can be taken for a protocol
        container = av.open(
            str(path.absolute()), metadata_errors="replace", container_options={"protocol_whitelist": "file"}
        )
    except (FFmpegError, OSError) as error:
        raise InputError(_unreadable(path, error)) from error
    with container:
        if container.format.name in _LISTS:
            raise InputError(f"{path}: is a list of other files; expected a video")
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
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    return next((s for s in streams if best is not None and s.index == best.index), None) or (
        streams[0] if streams else None
    )


def pick_index(container: InputContainer) -> int:
    """Index of the main video stream of a container that is known to have one."""
    stream = pick_stream(container)
    assert stream is not None
    return stream.index


def only_stream(container: InputContainer, index: int) -> VideoStream:
    """The stream of that index, with all others discarded while reading."""
    for stream in container.streams:
        if stream.index != index:
            stream.discard = Discard.all
    stream = container.streams[index]
    assert isinstance(stream, VideoStream)
    return stream


def codec_name(stream: Stream) -> str | None:
    """What FFmpeg calls a stream's codec; None where it knows none."""
    # videos of unknown codecs have no such attribute
    return getattr(stream, "name", None)


def decode(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    decoder: str | None,
    on_damage: OnDamage = "fail",
) -> Iterator[VideoFrame]:
    """Decoded frames in order of display, from where the container stands, on one clock.

    Packets before the first decodable frame may fail, as in recordings that begin between key frames;
    later failures raise InputError, or, with `repeat`, leave out the frames that are damaged by them.
    """
    repeats = on_damage == "repeat"
    # threads for frames report a failure later, when it is no longer known which frame failed
    stream.thread_type = "SLICE" if repeats else "AUTO"
    context = stream.codec_context
    if decoder is not None:
        context = cast(VideoCodecContext, av.CodecContext.create(decoder, "r"))
    # also where the size grows in the middle
    context.options = {"max_pixels": str(max_pixels())}
    seen = False
    time = Fraction(0)
    suspects = Suspects()
    clock = Clock(container, stream)
    order = StoredOrder() if container.format.name == "avi" else None
    try:
        for packet in container.demux(stream):
            # an empty packet holds the frame before it for longer; to a decoder it would be the end
            if not packet.size and packet.pts is not None:
                continue
            clock.set(packet)
            if order is not None:
                order.stored(packet)
            if repeats and packet.size:
                suspects.packet(packet.pts, packet.is_keyframe, packet.is_corrupt)
            try:
                frames = context.decode(packet if packet.size else None)
            except EOFError:
                break
            except FFmpegError as error:
                if seen and not repeats:
                    raise InputError(_damaged(path, time, error)) from error
                suspects.failed(packet.pts)
                if order is not None:
                    order.failed()
                continue
            for frame in frames:
                if order is not None:
                    frame.pts = order.next()
                if frame.is_corrupt and seen and not repeats:
                    raise InputError(_damaged(path, time, None))
                if repeats and (frame.is_corrupt or suspects.is_bad(frame.pts)):
                    continue
                if frame.time_base is None:
                    frame.time_base = packet.time_base
                seen = True
                if frame.pts is not None:
                    time = frame.pts * Fraction(packet.time_base)
                yield frame
    except FFmpegError as error:
        # what follows cannot be found any more
        if not (repeats and seen):
            raise InputError(_damaged(path, time, error)) from error


def _damaged(path: Path, time: Fraction, error: Exception | None) -> str:
    reason = getattr(error, "strerror", None) or error or "a frame is marked as corrupt"
    return (
        f"{path}: damaged or cut short after {float(time):.2f} s ({reason});"
        " go on with --on-damage repeat, or use another copy"
    )
