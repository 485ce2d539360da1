"""Image outputs in segments: the images themselves in one folder, and the checksums of each segment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from anybokeh.clip.image_sink import ImageSink
from anybokeh.clip.info import ClipInfo, Frame
from anybokeh.segments.segment import Segment
from anybokeh.segments.segment_file import Damaged, SegmentFileWriter, read_index


class ImageSegmentWriter:
    """Writes the images of one segment, and its file when all of them are there."""

    def __init__(self, path: Path, folder: Path, info: ClipInfo, kind: str) -> None:
        folder.mkdir(exist_ok=True)
        self._path = path
        self._sink = ImageSink(folder, info, kind)
        self._first: Frame | None = None
        self._images: list[tuple[str, str]] = []
        self._repeated: list[int] = []

    def write(self, frame: Frame) -> None:
        """Write one image."""
        self._first = self._first or frame
        if frame.repeats:
            self._repeated.append(frame.index)
        self._sink.write(frame)
        file = self._sink.path_of(frame.index)
        self._images.append((file.name, _digest(file)))

    def finish(self, number: int) -> Segment:
        """Write the segment's file."""
        assert self._first is not None
        frames = len(self._images)
        content: dict[str, Any] = {"images": self._images}
        if self._repeated:
            content["repeated"] = self._repeated
        segment = Segment(number, self._first.index, self._first.time, frames, content)
        file = SegmentFileWriter(self._path)
        try:
            file.finish(segment.as_json())
        except BaseException:
            file.discard()
            raise
        return segment

    def discard(self) -> None:
        """Images of an unfinished segment are written again or removed with the folder."""


def check_images(file: Path, folder: Path) -> None:
    """Raise Damaged unless every image of a segment is as it was written."""
    for name, digest in _images(file):
        try:
            found = _digest(folder / name)
        except OSError as error:
            raise Damaged(f"{folder / name}: cannot be read ({error.strerror})") from None
        if found != digest:
            raise Damaged(f"{folder / name}: its checksum does not match")


def remove_strangers(files: Iterable[Path], folder: Path) -> None:
    """Delete what an unfinished segment left and no finished one lists."""
    listed = {name for file in files for name, _ in _images(file)}
    for found in folder.iterdir():
        if found.name not in listed:
            found.unlink()


def _images(file: Path) -> list[tuple[str, str]]:
    try:
        images = [(str(name), str(digest)) for name, digest in read_index(file)["content"]["images"]]
    except (TypeError, ValueError, KeyError):
        raise Damaged(f"{file}: its index is of another version") from None
    if any(Path(name).name != name for name, _ in images):
        raise Damaged(f"{file}: names an image outside of its folder")
    return images


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
