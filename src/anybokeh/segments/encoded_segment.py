"""A segment that was made in one place and is kept in another: its files as bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anybokeh.clip import Frame
from anybokeh.segments.segment_file import Damaged
from anybokeh.segments.segment_format import SegmentFormat


@dataclass(frozen=True)
class EncodedSegment:
    """One finished segment.

    Attributes:
        number: of the segment in its render, from 0.
        frames: how many it holds; 0 where the clip ends before it, which has no files.
        file: of the segment, with its checksum.
        images: names and bytes, of outputs that are folders of images.
    """

    number: int
    frames: int
    file: bytes = b""
    images: tuple[tuple[str, bytes], ...] = ()


def make_segment(number: int, frames: Iterator[Frame], format: SegmentFormat, folder: Path) -> EncodedSegment:
    """Encode frames as a segment, in an empty folder that is empty again afterwards."""
    first = next(frames, None)
    if first is None:
        return EncodedSegment(number, 0)
    file, images = folder / "segment", folder / "images"
    writer = format.writer(file, images)
    try:
        writer.write(first)
        for frame in frames:
            writer.write(frame)
        segment = writer.finish(number)
        found = sorted(images.iterdir()) if images.is_dir() else []
        contents = tuple((image.name, image.read_bytes()) for image in found)
        return EncodedSegment(number, segment.frames, file.read_bytes(), contents)
    except BaseException:
        writer.discard()
        raise
    finally:
        file.unlink(missing_ok=True)
        for image in images.iterdir() if images.is_dir() else ():
            image.unlink()


def write_segment(segment: EncodedSegment, file: Path, images: Path) -> None:
    """Write a segment's files, its own last; raises OSError, or Damaged for a name that leads elsewhere."""
    if segment.images:
        images.mkdir(exist_ok=True)
    for name, data in segment.images:
        if os.path.basename(name) != name or name in ("", ".", ".."):  # noqa: PTH119
            raise Damaged(f"{file}: names an image outside of its folder")
        (images / name).write_bytes(data)
    part = file.with_name(file.name + ".part")
    try:
        part.write_bytes(segment.file)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
