"""An output that is rendered in segments, survives the death of the process, and appears whole."""

from __future__ import annotations

import bisect
import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from av.error import FFmpegError

from anybokeh.clip import ClipInfo, Frame
from anybokeh.clip.image_sink import ImageSink
from anybokeh.clip.outputs import unwritable
from anybokeh.clip.overlap import Behind
from anybokeh.errors import InputError
from anybokeh.runtime.stages import stage
from anybokeh.runtime.whole_files import put_in_place
from anybokeh.segments import image_output, video_output
from anybokeh.segments.encoded_segment import EncodedSegment, write_segment
from anybokeh.segments.plan import Missing, single_segments
from anybokeh.segments.segment import Segment
from anybokeh.segments.segment_file import Damaged, check
from anybokeh.segments.segment_format import SegmentWriter, choose_format
from anybokeh.segments.work_folder import WorkFolder


@dataclass(frozen=True)
class Target:
    """Where a render goes: the output, the clip that it looks like, and what is copied from where."""

    path: Path
    info: ClipInfo
    source: Path | None = None
    start: float | None = None
    end: float | None = None
    codec: str | None = None
    crf: float | None = None


class ResumableOutput:
    """Takes frames in order, cut into segments; finished segments stay on the disk until all are joined.

    notes: one-line remarks for the user, complete after `join`. format: of the segments.
    """

    def __init__(self, target: Target, folder: WorkFolder, length: int) -> None:
        """length: frames of every segment but the last."""
        self.notes: list[str] = []
        self._target = target
        self._folder = folder
        self._length = length
        self._finished: dict[int, Segment] = {}
        self.format = choose_format(target.path, target.info, target.codec, target.crf)
        self._writer: SegmentWriter | None = None
        self._number = self._count = 0

    @property
    def done(self) -> int:
        """Frames of the segments that are finished."""
        return sum(segment.frames for segment in self._finished.values())

    @property
    def repeated(self) -> tuple[int, ...]:
        """Frames of the source that could not be decoded and show another one."""
        finished = (segment for _, segment in sorted(self._finished.items()))
        return tuple(index for segment in finished for index in segment.content.get("repeated", ()))

    def take_over(self) -> None:
        """Check every segment that an earlier run left; those that are damaged are rendered again."""
        for number in self._folder.numbers():
            try:
                self._finished[number] = self._checked(number)
            except Damaged as error:
                self._folder.segment_file(number).unlink()
                self.notes.append(f"a segment is rendered again: {error}")

    def _checked(self, number: int) -> Segment:
        """A segment on the disk, without what is only needed to join it; raises Damaged."""
        file = self._folder.segment_file(number)
        segment = Segment.from_json(check(file), file)
        if segment.number != number:
            raise Damaged(f"{file}: is another segment by its index")
        if self.format.kind is not None:
            image_output.check_images(file, self._folder.images)
        return segment.summary()

    def unfinished(self, count: int, index: int) -> list[Missing]:
        """Every segment that is to be rendered as a run of its own, for `put`.

        Args:
            count: of segments in all.
            index: of the render's first frame in the source.
        """
        runs = single_segments(count, self._length, index)
        return [run for run in runs if run.first not in self._finished]

    def put(self, segment: EncodedSegment) -> None:
        """Keep a segment that was made elsewhere; raises InputError where it cannot be."""
        try:
            with self._telling():
                write_segment(segment, self._folder.segment_file(segment.number), self._folder.images)
                self._finished[segment.number] = self._checked(segment.number)
        except Damaged as error:
            raise InputError(f"{error}; it came so from another machine") from None

    def end(self) -> None:
        """Note that all segments were put.

        Raises InputError where there is none, or one ends before the next begins.
        """
        count = max(self._finished, default=-1) + 1
        if not count:
            raise _nothing_to_write(self._target.path)
        for number in range(count):
            segment = self._finished.get(number)
            if segment is None or (number + 1 < count and segment.frames != self._length):
                raise InputError(
                    f"{self._target.info.path}: damaged: frames of segment {number} could not be decoded;"
                    " --on-damage repeat goes on with the last good frame"
                )
        with self._telling():
            self._folder.write_end(count)

    def missing(self) -> Iterator[Missing]:
        """What is to be rendered, in order; every run must be written before the next is asked for."""
        kept = sorted(self._finished)
        first = 0
        while True:
            while first in self._finished:
                if self._is_last(self._finished[first]):
                    return
                first += 1
            place = bisect.bisect(kept, first)
            end = kept[place] if place < len(kept) else None
            index = self._finished[0].index + first * self._length if first else None
            self._number, self._count = first, 0
            yield Missing(first, end, index, first * self._length)
            self._finish_run(end is None)
            if end is None:
                return

    def _is_last(self, segment: Segment) -> bool:
        # the renderer may cut the last one shorter or longer
        return segment.frames != self._length or segment.number + 1 == self._folder.end()

    def _finish_run(self, at_end: bool) -> None:
        if self._count:
            self._put(self._number, None)
            self._number, self._count = self._number + 1, 0
        with self._telling():
            self._queue.finish()
        self._queue = Behind(self._consume)
        if at_end:
            if self._number == 0:
                raise _nothing_to_write(self._target.path)
            with self._telling():
                self._folder.write_end(self._number)

    def write(self, frame: Frame) -> None:
        """Queue one frame; raises InputError if an earlier one could not be written."""
        self._put(self._number, frame)
        self._count += 1

    def cut(self) -> int:
        """Allow a cut at this place, made if the segment is full; returns the number of the next segment."""
        if self._count >= self._length:
            self._put(self._number, None)
            self._number, self._count = self._number + 1, 0
        return self._number

    def _put(self, number: int, frame: Frame | None) -> None:
        with self._telling():
            self._queue.put((number, frame))

    def _consume(self, item: tuple[int, Frame | None]) -> None:
        """In the writing thread: a frame of a segment, or its end."""
        with stage("encode"):
            self._encode(*item)

    def _encode(self, number: int, frame: Frame | None) -> None:
        if self._writer is None:
            self._writer = self.format.writer(self._folder.segment_file(number), self._folder.images)
        if frame is not None:
            self._writer.write(frame)
            return
        self._finished[number] = self._writer.finish(number).summary()
        self._writer = None

    def join(self) -> None:
        """Put the segments together and move the output to its place; raises InputError."""
        finished = sorted(self._finished.items())
        files = [(self._folder.segment_file(number), segment) for number, segment in finished]
        try:
            with self._telling():
                whole = self._whole(files)
                self._folder.write_end(len(files), whole)
                put_in_place(whole, self._target.path)
        except Damaged as error:
            raise InputError(f"{error}; --resume renders it again") from None
        self._folder.remove()

    def _whole(self, files: list[tuple[Path, Segment]]) -> Path:
        target, folder = self._target, self._folder
        if self.format.kind is not None:
            image_output.remove_strangers((file for file, _ in files), folder.images)
            self.notes += ImageSink(folder.images, target.info, self.format.kind).notes
            return folder.images
        assert self.format.encoding is not None
        whole = folder.path / f"whole{target.path.suffix}"
        self.notes += video_output.join(
            files, whole, target.info, self.format.encoding, target.source, target.start, target.end
        )
        # the segments may go only when the power may fail
        with whole.open("rb+") as file:
            os.fsync(file)
        return whole

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Errors of the disk and the encoder as one line."""
        try:
            yield
        except (FFmpegError, OSError) as error:
            if getattr(error, "errno", None) == errno.ENOSPC and self._finished:
                raise InputError(
                    f"{self._target.path}: the disk is full; make room on it and go on with --resume"
                ) from error
            raise unwritable(self._target.path, error) from error

    def __enter__(self) -> Self:
        self._queue: Behind[tuple[int, Frame | None]] = Behind(self._consume)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._queue.abort()
        if self._writer is not None:
            self._writer.discard()
        # without a finished segment there is nothing to go on with
        if self._finished:
            self._folder.close()
        else:
            self._folder.remove()


def _nothing_to_write(path: Path) -> InputError:
    return InputError(f"{path}: no frames to write; the selected part of the clip is empty")
