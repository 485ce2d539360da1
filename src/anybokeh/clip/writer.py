"""Writing clips: video files and folders of images, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import av
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.frame import VideoFrame

from anybokeh.clip import codecs, colour, images
from anybokeh.clip.info import ClipInfo, Frame
from anybokeh.clip.pipeline import Behind
from anybokeh.clip.streams import StreamCopy
from anybokeh.errors import InputError

_FREE_MARGIN = 16 << 20


class _Sink(Protocol):
    """Where frames go, called in the writing thread; a temporary path until `finish`."""

    notes: list[str]

    def write(self, frame: Frame) -> None: ...
    def finish(self) -> None: ...
    def discard(self) -> None: ...


class ClipWriter:
    """Writes frames in a thread of its own; the output appears when the with block ends normally.

    notes: one-line remarks for the user on what the output does not carry; complete after the block.
    """

    def __init__(self, path: Path, sink: _Sink, temporary: Path) -> None:
        self._path = path
        self._sink = sink
        self._temporary = temporary
        self._queue: Behind[Frame] = Behind(sink.write)
        self._frames = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """One-line remarks for the user."""
        return tuple(self._sink.notes)

    def write(self, frame: Frame) -> None:
        """Queue one frame; raises InputError if an earlier one could not be written."""
        try:
            self._queue.put(frame)
        except (FFmpegError, OSError) as error:
            raise _unwritable(self._path, error) from error
        self._frames += 1

    def finish(self) -> None:
        """Write what is queued and move the output to its place."""
        try:
            self._queue.finish()
            if not self._frames:
                raise InputError(f"{self._path}: no frames to write; the selected part of the clip is empty")
            self._sink.finish()
            _put_in_place(self._temporary, self._path)
        except (FFmpegError, OSError) as error:
            self.abort()
            raise _unwritable(self._path, error) from error
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        self._queue.abort()
        self._sink.discard()
        _remove(self._temporary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.abort()


def open_writer(
    path: str | Path,
    info: ClipInfo,
    *,
    source: str | Path | None = None,
    start: float | None = None,
    end: float | None = None,
    codec: str | None = None,
    crf: float | None = None,
    overwrite: bool = False,
) -> ClipWriter:
    """Open an output for frames like those of `info`.

    path: a video file, whose suffix chooses the container, or a folder for images (no suffix).
    source: the video whose other streams, chapters and tags are copied; start and end as they were given
    to open_clip. codec: h264, hevc, prores, ffv1, vp9, av1; for folders png, tiff, exr. crf: the
    encoder's own quality scale. Raises InputError for what is known to fail.
    """
    path = Path(path)
    check_output(path, info, source=source, codec=codec, crf=crf, overwrite=overwrite)
    if is_folder(path):
        kind = codec or _folder_codec(info)
        try:
            temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        except OSError as error:
            raise _unwritable(path, error) from error
        return ClipWriter(path, _ImageSink(temporary, info, kind), temporary)
    encoding = codecs.choose(path, info, codec, crf)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    temporary = Path(name)
    sink = _VideoSink(temporary, info, encoding, None if source is None else Path(source), start, end)
    return ClipWriter(path, sink, temporary)


def is_folder(path: Path) -> bool:
    """Whether an output path means a folder of images."""
    return path.is_dir() or path.suffix == ""


def check_output(
    path: str | Path,
    info: ClipInfo,
    *,
    source: str | Path | None = None,
    codec: str | None = None,
    crf: float | None = None,
    overwrite: bool = False,
) -> None:
    """Raise InputError for everything about an output that can be known before work starts."""
    path = Path(path)
    for other in (info.path, source):
        if other is not None and _same(path, Path(other)):
            raise InputError(f"{path}: is the input itself; write to another path")
    if path.is_dir() and info.path.resolve().is_relative_to(path.resolve()):
        raise InputError(f"{path}: holds the input {info.path.name}; write to another folder")
    if path.exists() and not overwrite and not _is_empty_folder(path):
        raise InputError(f"{path}: exists already; give another path or --overwrite")
    parent = path.parent
    if not parent.is_dir():
        raise InputError(f"{path}: the folder {parent} does not exist; create it first")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"{path}: the folder {parent} cannot be written to; change its permissions")
    if is_folder(path):
        _check_folder(path, info, codec, crf)
        per_pixel = 3.0
    else:
        if path.suffix.lower() in images.SUFFIXES:
            raise InputError(f"{path}: images are written to a folder; give a path without a suffix")
        per_pixel = 1.0 if codecs.choose(path, info, codec, crf).name in ("ffv1", "prores") else 0.05
    frames = info.frame_count or 1
    needed = int(frames * info.width * info.height * per_pixel * max(1, info.bit_depth / 8)) + _FREE_MARGIN
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise InputError(
            f"{path}: about {needed >> 20} MB are needed and {free >> 20} MB are free; make room on that disk"
        )


def _check_folder(path: Path, info: ClipInfo, codec: str | None, crf: float | None) -> None:
    if path.exists() and not path.is_dir():
        raise InputError(f"{path}: is a file; a path without a suffix means a folder of images")
    if codec is not None and codec not in codecs.IMAGE_CODECS:
        raise InputError(
            f"codec {codec}: a folder takes {', '.join(codecs.IMAGE_CODECS)}; for video, give the output a"
            f" suffix such as {path.name}.mp4"
        )
    if crf is not None:
        raise InputError(f"crf {crf}: images are stored without loss; leave --crf out")
    if path.is_dir():
        strangers = [f.name for f in path.iterdir() if f.suffix.lower() not in images.SUFFIXES]
        if strangers:
            raise InputError(f"{path}: holds other files ({strangers[0]}) that --overwrite would delete")
    if (codec or _folder_codec(info)) == "exr":
        from anybokeh.clip import exr

        exr.require()


def _folder_codec(info: ClipInfo) -> str:
    return info.codec if info.pixel_format in ("tiff", "exr") else "png"


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and next(path.iterdir(), None) is None


def _same(a: Path, b: Path) -> bool:
    if a.exists() and b.exists():
        return a.samefile(b)
    return a.resolve() == b.resolve()


def _put_in_place(temporary: Path, path: Path) -> None:
    if temporary.is_dir():
        temporary.chmod(0o777 & ~_umask())
        if path.is_dir():
            # a folder cannot be replaced in one step: move the old one aside first
            aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
            path.rename(aside / path.name)
            temporary.rename(path)
            shutil.rmtree(aside)
            return
    else:
        temporary.chmod(0o666 & ~_umask())
    os.replace(temporary, path)  # noqa: PTH105


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _unwritable(path: Path, error: Exception) -> InputError:
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        return InputError(f"{path}: the disk is full; make room on it, nothing was written")
    reason = getattr(error, "strerror", None) or error
    return InputError(f"{path}: cannot be written ({reason}); check the folder and the disk")


class _ImageSink:
    """A folder of images named by frame number."""

    def __init__(self, folder: Path, info: ClipInfo, kind: str) -> None:
        self.notes = _lost_in_images(info)
        self._folder = folder
        self._suffix = {"png": ".png", "tiff": ".tif", "exr": ".exr"}[kind]
        self._info = info

    def write(self, frame: Frame) -> None:
        pixels, alpha = frame.pixels, frame.alpha
        if self._suffix == ".exr":
            pixels, alpha = colour.linear_floats(pixels, alpha, self._info.transfer)
        elif pixels.dtype == np.float32:
            pixels, alpha = colour.encoded_integers(pixels, alpha)
        images.save(self._folder / f"{frame.index:06}{self._suffix}", pixels, alpha)

    def finish(self) -> None:
        pass

    def discard(self) -> None:
        pass


def _lost_in_images(info: ClipInfo) -> list[str]:
    notes = []
    if info.audio_streams:
        notes.append("sound is left out: a folder of images cannot carry it")
    if info.pixel_aspect != 1:
        notes.append(f"the pixel aspect {info.pixel_aspect} is left out: images cannot carry it")
    if info.transfer in ("pq", "hlg"):
        notes.append(f"the images hold {info.transfer.upper()} values and carry no tag that says so")
    return notes


class _VideoSink:
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
        self._end = None if end is None else Fraction(str(end))
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
    from anybokeh.clip import video

    with video.opened(source) as container:
        return any(key.startswith("com.") for key in container.metadata)
