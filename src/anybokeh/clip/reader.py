"""Opening a clip, whatever it is, and iterating over its frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from anybokeh.clip import images, probe, selection, video
from anybokeh.clip.headers import common_size, image_size
from anybokeh.clip.info import ClipInfo, Frame
from anybokeh.clip.pipeline import ahead
from anybokeh.errors import InputError
from anybokeh.limits import TooLarge


class ClipReader:
    """Frames of a clip, decoded ahead in a thread of their own.

    Iterating yields `Frame`s; iterating again begins anew. Leaving the with block stops the thread.

    info: what is known of the whole source.
    frame_count: how many frames iterating will yield: counted where a range was given, else as exact as
        info.frame_count; None if unknown.
    """

    def __init__(
        self, info: ClipInfo, frames: Callable[[], Iterator[Frame]], frame_count: int | None
    ) -> None:
        self.info = info
        self.frame_count = frame_count
        self._frames = frames
        self._running: list[Iterator[Frame]] = []

    def __iter__(self) -> Iterator[Frame]:
        running = ahead(self._frames())
        self._running.append(running)
        return running

    def close(self) -> None:
        """Stop decoding."""
        while self._running:
            self._running.pop().close()  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_clip(path: str | Path, *, start: float | None = None, end: float | None = None) -> ClipReader:
    """Open a video file, a folder of images or one image.

    start, end: seconds from the first frame; frames with start <= time < end are yielded. Image folders
    count at 24 frames a second.

    Raises InputError for what is missing, empty, damaged or not a clip, and for images of several sizes,
    before anything is decoded but the first frame; iterating raises it for damage met later.
    """
    path = Path(path)
    _check_range(start, end)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder; check the path")
    if path.is_dir() or path.suffix.lower() in images.SUFFIXES:
        folder = images.find_images(path)
        _check_size(folder.files[0])
        info = images.probe(folder)
        selected = folder.between(start, end)
        common_size(selected.files)
        return ClipReader(info, lambda: images.read(selected, info), len(selected.files))
    source = probe.probe(path)
    chosen = selection.select(source, start, end)
    return ClipReader(source.info, lambda: video.read(source, chosen), chosen.frame_count)


def _check_size(file: Path) -> None:
    """Refuse an image that is too large before it is decoded; what else is wrong shows when it is."""
    try:
        image_size(file)
    except TooLarge:
        raise
    except InputError:
        pass


def _check_range(start: float | None, end: float | None) -> None:
    if start is not None and not 0 <= start < float("inf"):
        raise InputError(f"start {start}: expected seconds from the first frame, 0 or more")
    if end is not None and not end > (start or 0):
        raise InputError(f"end {end}: expected seconds later than the start ({start or 0})")
