"""Encoding frames into a video file beside the streams copied from the source."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import VideoFrame

from anybokeh.clip import codecs, colour, images
from anybokeh.clip.container import opened
from anybokeh.clip.info import ClipInfo, Frame, exact_seconds
from anybokeh.clip.streams import StreamCopy


class VideoFile:
    """An encoder, a container, and the streams copied from the source."""

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
        self._encoding = encoding
        self._cut = start is not None or end is not None
        self._end = exact_seconds(end)
        self._tags = tags = codecs.tags_to_write(info, encoding)
        self._convert = colour.FromRgb(
            encoding.pixel_format,
            colour.sws_matrix(tags, info.width, info.height),
            tags.range == colour.FULL,
        )
        options = {"movflags": _movflags(source)} if encoding.container in ("mp4", "mov") else {}
        self._container = av.open(str(path), "w", format=encoding.container, container_options=options)
        self._tick = info.time_base or 1 / (info.frame_rate or images.FRAME_RATE)
        self._stream = self._add_video(tags)
        self._muxed = False
        self._zero: Fraction | None = None
        self._offset = Fraction(0)
        self._copy: StreamCopy | None = None
        if source is not None and source.is_file():
            self._copy = StreamCopy(source, self._container)
            self.notes.extend(self._copy.notes)

    def _add_video(self, tags: colour.ColourTags) -> av.VideoStream:
        info, encoding = self._info, self._encoding
        rate = info.frame_rate or images.FRAME_RATE
        stream = self._container.add_stream(encoding.encoder, rate, options=dict(encoding.options))
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.width, context.height = info.width, info.height
        context.pix_fmt = encoding.pixel_format
        context.thread_type = "AUTO"
        context.time_base = self._tick
        context.sample_aspect_ratio = info.pixel_aspect
        context.color_primaries, context.color_trc = tags.primaries, tags.transfer
        context.colorspace, context.color_range = tags.matrix, tags.range
        # durations of single frames reach the container, which matters where the rate varies
        context.flags |= Flags.frame_duration
        if encoding.name == "hevc" and encoding.container in ("mp4", "mov"):
            context.codec_tag = "hvc1"
        return stream

    def _begin(self, first: Frame) -> None:
        """Fix the output's clock by the first frame: it starts with the source's, or with the cut."""
        self._zero = first.time
        if self._copy is None:
            return
        here = self._info.first_time + first.time
        if self._cut:
            end = None if self._end is None else self._info.first_time + self._end
            self._copy.begin(self._stream, first.index, here, here, end)
        else:
            origin = self._copy.source_start
            origin = here if origin is None else min(origin, here)
            self._copy.begin(self._stream, first.index, origin, None, None)
            self._offset = here - origin

    def write(self, frame: Frame) -> None:
        if self._zero is None:
            self._begin(frame)
        assert self._zero is not None
        pixels, alpha = frame.pixels, frame.alpha
        if pixels.dtype == np.float32:
            pixels, alpha = colour.encoded_integers(pixels, alpha)
        picture = self._convert(pixels, alpha if self._encoding.stores_alpha else None)
        self._tag(picture)
        picture.pts = round((frame.time - self._zero + self._offset) / self._tick)
        picture.time_base = self._tick
        picture.duration = round(frame.duration / self._tick) if frame.duration else 0
        self._mux(self._stream.encode(picture))

    def _tag(self, picture: VideoFrame) -> None:
        """ProRes takes its tags from the frames; the others from the stream."""
        tags = self._tags
        picture.color_primaries, picture.color_trc = tags.primaries, tags.transfer
        picture.colorspace, picture.color_range = tags.matrix, tags.range

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            if self._copy is not None and packet.dts is not None:
                self._copy.write_until(packet.dts * Fraction(packet.time_base))
            self._container.mux(packet)
            self._muxed = True

    def finish(self) -> None:
        rest = self._stream.encode(None)
        if not self._muxed:
            _settle_decoding_times(rest)
        self._mux(rest)
        if self._copy is not None:
            self._copy.write_until(None)
            self._copy.close()
        self._container.close()

    def discard(self) -> None:
        if self._copy is not None:
            self._copy.close()
        # what it wrote is removed in any case
        with contextlib.suppress(FFmpegError, OSError, ValueError):
            self._container.close()


def _settle_decoding_times(packets: list[av.Packet]) -> None:
    """x265 leaves decoding times undefined in clips of a few frames, all of which come at the end."""
    shown = [packet.pts for packet in packets if packet.pts is not None]
    if len(shown) != len(packets):
        return
    lag = max((due - pts for due, pts in zip(sorted(shown), shown, strict=True)), default=0)
    for due, packet in zip(sorted(shown), packets, strict=True):
        packet.dts = due - lag


def _movflags(source: Path | None) -> str:
    return (
        "+faststart+use_metadata_tags"
        if source and source.is_file() and _has_apple_tags(source)
        else "+faststart"
    )


def _has_apple_tags(source: Path) -> bool:
    with opened(source) as container:
        return any(key.startswith("com.") for key in container.metadata)
