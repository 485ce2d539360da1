"""Encoding frames into packets, and packets into a video file beside the streams copied from the source."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from anybokeh.clip import codecs, colour
from anybokeh.clip.container import opened
from anybokeh.clip.info import ClipInfo, Frame, exact_seconds
from anybokeh.clip.packets import DecodingTimes, delay_of
from anybokeh.clip.scheduling import same_scheduling
from anybokeh.clip.streams import StreamCopy


def tick_of(info: ClipInfo) -> Fraction:
    """Seconds of the unit that time stamps of the encoded clip count in."""
    return info.time_base or 1 / info.rate


class FrameEncoder:
    """Frames into the packets of one run of frames that needs no other packets to be decoded."""

    def __init__(self, info: ClipInfo, encoding: codecs.Encoding) -> None:
        # of no container: streams and containers hold each other, and encoders would pile up between them
        context = av.CodecContext.create(encoding.encoder, "w")
        assert isinstance(context, VideoCodecContext)
        context.options = dict(encoding.options)
        context.framerate = info.rate
        # every container that is written asks for it
        context.flags |= Flags.global_header
        _set_up(context, info, encoding)
        self._context = context
        self._pictures = _Pictures(info, encoding)
        self._zero: Fraction | None = None

    @same_scheduling()
    def encode(self, frame: Frame) -> list[av.Packet]:
        """Packets that are finished; their time stamps count ticks from the first frame."""
        if self._zero is None:
            self._zero = frame.time
        return self._context.encode(self._pictures(frame, self._zero))

    @same_scheduling()
    def flush(self) -> list[av.Packet]:
        """The packets that are left."""
        return self._context.encode(None)


class PacketFile:
    """A container with a video stream for finished packets, and the streams copied from the source.

    notes: one-line remarks for the user on what the container cannot carry. stream: of the video.
    """

    def __init__(
        self,
        path: Path,
        info: ClipInfo,
        encoding: codecs.Encoding,
        source: Path | None,
        start: float | None,
        end: float | None,
    ) -> None:
        self.notes = list(encoding.notes)
        self._info = info
        self._cut = start is not None or end is not None
        self._end = exact_seconds(end)
        options = {"movflags": _movflags(source)} if encoding.container in ("mp4", "mov") else {}
        self._container = av.open(str(path), "w", format=encoding.container, container_options=options)
        self.stream = _add_video(self._container, info, encoding)
        self._copy: StreamCopy | None = None
        if source is not None and source.is_file():
            self._copy = StreamCopy(source, self._container)
            self.notes.extend(self._copy.notes)

    @same_scheduling()
    def begin(self, index: int, time: Fraction) -> Fraction:
        """Fix the output's clock by the first frame: it starts with the source's, or with the cut.

        index, time: of the first frame. Returns the seconds on the output's clock at which it is shown.
        """
        if self._copy is None:
            return Fraction(0)
        here = self._info.first_time + time
        if self._cut:
            end = None if self._end is None else self._info.first_time + self._end
            self._copy.begin(self.stream, index, here, here, end)
            return Fraction(0)
        origin = self._copy.source_start
        origin = here if origin is None else min(origin, here)
        self._copy.begin(self.stream, index, origin, None, None)
        return here - origin

    @same_scheduling()
    def mux(self, packet: av.Packet) -> None:
        """Write a packet of the video, and what is due beside it."""
        if self._copy is not None and packet.dts is not None:
            self._copy.write_until(packet.dts * Fraction(packet.time_base))
        self._container.mux(packet)

    @same_scheduling()
    def finish(self) -> None:
        """Write what is left of the copied streams, and the end of the file."""
        if self._copy is not None:
            self._copy.write_until(None)
            self._copy.close()
        self._container.close()

    def discard(self) -> None:
        """Close the file, which is no good."""
        if self._copy is not None:
            self._copy.close()
        # what it wrote is removed in any case
        with contextlib.suppress(FFmpegError, OSError, ValueError):
            self._container.close()


class VideoFile:
    """One encoder and the file that its packets go to."""

    def __init__(
        self,
        path: Path,
        info: ClipInfo,
        encoding: codecs.Encoding,
        source: Path | None,
        start: float | None,
        end: float | None,
    ) -> None:
        self._file = PacketFile(path, info, encoding, source, start, end)
        self.notes = self._file.notes
        self._pictures = _Pictures(info, encoding)
        self._stream = self._file.stream
        self._muxed = False
        self._zero: Fraction | None = None

    @same_scheduling()
    def write(self, frame: Frame) -> None:
        if self._zero is None:
            self._zero = frame.time - self._file.begin(frame.index, frame.time)
        self._mux(self._stream.encode(self._pictures(frame, self._zero)))

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            self._file.mux(packet)
            self._muxed = True

    def finish(self) -> None:
        rest = self._stream.encode(None)
        if not self._muxed:
            _settle_decoding_times(rest)
        self._mux(rest)
        self._file.finish()

    def discard(self) -> None:
        self._file.discard()


class _Pictures:
    """Frames as pictures in the encoder's pixel format, with colour tags and time stamps."""

    def __init__(self, info: ClipInfo, encoding: codecs.Encoding) -> None:
        self._tags = tags = codecs.tags_to_write(info, encoding)
        self._stores_alpha = encoding.stores_alpha
        self._tick = tick_of(info)
        self._info = info
        self._converts = colour.must_be_converted(info)
        matrix = colour.sws_matrix(tags, info.width, info.height)
        self._convert = colour.FromRgb(encoding.pixel_format, matrix, tags.range == colour.FULL)

    def __call__(self, frame: Frame, zero: Fraction) -> VideoFrame:
        """The picture of a frame; `zero` is the frame time that its time stamps count from."""
        pixels, alpha = frame.pixels, frame.alpha if self._stores_alpha else None
        if pixels.dtype == np.float32:
            pixels, alpha = colour.encoded_integers(pixels, alpha, self._info.chromaticities)
        elif self._converts:
            pixels = colour.as_srgb(pixels, self._info)
        picture = self._convert(pixels, alpha)
        # ProRes takes its tags from the frames; the others from the stream
        tags = self._tags
        picture.color_primaries, picture.color_trc = tags.primaries, tags.transfer
        picture.colorspace, picture.color_range = tags.matrix, tags.range
        picture.pts, picture.time_base = round((frame.time - zero) / self._tick), self._tick
        picture.duration = round(frame.duration / self._tick) if frame.duration else 0
        return picture


def _add_video(container: OutputContainer, info: ClipInfo, encoding: codecs.Encoding) -> av.VideoStream:
    rate = info.rate
    stream = container.add_stream(encoding.encoder, rate, options=dict(encoding.options))
    assert isinstance(stream, av.VideoStream)
    _set_up(stream.codec_context, info, encoding)
    return stream


def _set_up(context: VideoCodecContext, info: ClipInfo, encoding: codecs.Encoding) -> None:
    tags = codecs.tags_to_write(info, encoding)
    context.width, context.height = info.width, info.height
    context.pix_fmt = encoding.pixel_format
    context.thread_type = "AUTO"
    context.time_base = tick_of(info)
    context.sample_aspect_ratio = info.pixel_aspect
    context.color_primaries, context.color_trc = tags.primaries, tags.transfer
    context.colorspace, context.color_range = tags.matrix, tags.range
    # durations of single frames reach the container, which matters where the rate varies
    context.flags |= Flags.frame_duration
    if encoding.name == "hevc" and encoding.container in ("mp4", "mov"):
        context.codec_tag = "hvc1"


def _settle_decoding_times(packets: list[av.Packet]) -> None:
    """x265 leaves decoding times undefined in clips of a few frames, all of which come at the end."""
    shown = [packet.pts for packet in packets if packet.pts is not None]
    if len(shown) != len(packets):
        return
    due = sorted(shown)
    step = due[1] - due[0] if len(due) > 1 else 1
    for packet, when in zip(packets, DecodingTimes(delay_of(shown), step).of(due), strict=True):
        packet.dts = when


def _movflags(source: Path | None) -> str:
    return (
        "+faststart+use_metadata_tags"
        if source and source.is_file() and _has_apple_tags(source)
        else "+faststart"
    )


def _has_apple_tags(source: Path) -> bool:
    with opened(source) as container:
        return any(key.startswith("com.") for key in container.metadata)
