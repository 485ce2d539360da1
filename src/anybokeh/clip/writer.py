"""Writing clips: video files and folders of images, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from av.error import FFmpegError

from anybokeh.clip import codecs
from anybokeh.clip.encoder import VideoFile
from anybokeh.clip.image_sink import ImageSink
from anybokeh.clip.info import ClipInfo, Frame
from anybokeh.clip.outputs import check_output, folder_codec, is_folder, unwritable
from anybokeh.clip.overlap import Behind
from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import put_in_place, remove
from anybokeh.runtime.work_names import work_name


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
            raise unwritable(self._path, error) from error
        self._frames += 1

    def finish(self) -> None:
        """Write what is queued and move the output to its place."""
        try:
            self._queue.finish()
            if not self._frames:
                raise InputError(f"{self._path}: no frames to write; the selected part of the clip is empty")
            self._sink.finish()
            put_in_place(self._temporary, self._path)
        except (FFmpegError, OSError) as error:
            self.abort()
            raise unwritable(self._path, error) from error
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        self._queue.abort()
        self._sink.discard()
        remove(self._temporary)

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
    check_output(path, info, source=source, start=start, end=end, codec=codec, crf=crf, overwrite=overwrite)
    if is_folder(path):
        kind = codec or folder_codec(info)
        try:
            temporary = Path(tempfile.mkdtemp(prefix=work_name(path.name), dir=path.parent))
        except OSError as error:
            raise unwritable(path, error) from error
        return ClipWriter(path, ImageSink(temporary, info, kind), temporary)
    encoding = codecs.choose(path, info, codec, crf)
    try:
        handle, name = tempfile.mkstemp(prefix=work_name(path.name), suffix=".part", dir=path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    os.close(handle)
    temporary = Path(name)
    try:
        sink = VideoFile(temporary, info, encoding, None if source is None else Path(source), start, end)
    except BaseException:
        remove(temporary)
        raise
    return ClipWriter(path, sink, temporary)
