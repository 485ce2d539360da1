"""Opening a clip, whatever it is, and iterating over its frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, get_args

from anybokeh.clip import images, pages, probe, selection, video
from anybokeh.clip.damaged_frames import check_on_damage
from anybokeh.clip.headers import common_size, image_size, is_animated_png
from anybokeh.clip.info import ClipInfo, Frame, rate_of
from anybokeh.clip.listing import Listing
from anybokeh.clip.overlap import ahead
from anybokeh.clip.sequences import SUFFIXES, find_images
from anybokeh.errors import InputError
from anybokeh.runtime.file_patterns import exists, file_pattern
from anybokeh.runtime.limits import TooLarge
from anybokeh.runtime.stages import within
from anybokeh.settings import Deinterlace, OnDamage

T = TypeVar("T")


class _Source(Protocol):
    """A clip that is open for reading any part of it."""

    info: ClipInfo

    def select(self, start: float | None, end: float | None, again: bool) -> tuple[_Frames, int | None]:
        """How to read the frames from `start` to before `end`, and how many they are; None if unknown.

        again: more parts will be asked for.
        """
        ...


_Frames = Callable[[], Iterator[Frame]]


class ClipReader:
    """Frames of a clip, decoded ahead in a thread of their own.

    Iterating yields `Frame`s; iterating again begins anew. Leaving the with block stops the thread.

    info: what is known of the whole source.
    frame_count: how many frames iterating will yield: counted where a range was given, else as exact as
        info.frame_count; None if unknown.
    """

    def __init__(self, source: _Source, start: float | None, end: float | None, again: bool = False) -> None:
        self.info = source.info
        self._source = source
        self._frames, self.frame_count = source.select(start, end, again)
        self._running: list[Iterator[Any]] = []

    def part(self, *, start: float | None = None, end: float | None = None) -> ClipReader:
        """Another part of the same clip, whose file is not looked through again; see `open_clip`."""
        _check_range(start, end)
        return ClipReader(self._source, start, end, again=True)

    def __iter__(self) -> Iterator[Frame]:
        return self.each(lambda frame: frame)

    def each(self, make: Callable[[Frame], T]) -> Iterator[T]:
        """Iterate over what `make` makes of every frame, in the decoding thread: smaller than frames are."""
        running = ahead(within("decode", _made(make, self._frames())))
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


def open_clip(
    path: str | Path,
    *,
    start: float | None = None,
    end: float | None = None,
    on_damage: OnDamage = "fail",
    deinterlace: Deinterlace = "auto",
    rate: float | Fraction | None = None,
) -> ClipReader:
    """Open a video file, a folder of images, images of one name with a place for their number, or one image.

    start, end: seconds from the first frame; frames with start <= time < end are yielded.
    on_damage: `repeat` puts the last good frame in the place of frames that cannot be decoded.
    deinterlace: `auto` videos that are flagged as interlaced and look so, `on` all, `off` none.
    rate: images a second, else what EXR images say, else 24.

    Raises InputError for what is missing, empty, damaged or not a clip, and for images of several sizes,
    before anything is decoded but the first frame; iterating raises it for damage met later.
    """
    path = Path(path)
    _check_range(start, end)
    check_on_damage(on_damage)
    if rate is not None and not 0.01 <= rate <= 1000:
        raise InputError(f"rate is {float(rate):g}: expected 0.01 to 1000 images a second")
    if deinterlace not in get_args(Deinterlace):
        raise InputError(f"deinterlace is {deinterlace!r}: expected {', '.join(get_args(Deinterlace))}")
    if not exists(path):
        raise InputError(f"{path}: there is no such file or folder; check the path")
    if path.is_file():
        several = pages.find_pages(path)
        if several is not None:
            return ClipReader(_Pages(several, on_damage), start, end)
    is_image = path.suffix.lower() in SUFFIXES and not (path.is_file() and is_animated_png(path))
    if rate is not None and not (path.is_dir() or is_image or file_pattern(path)):
        raise InputError(
            f"rate {float(rate):g}: is for images, but {path} has times of its own; leave it out"
        )
    if path.is_dir() or is_image:
        return ClipReader(_Images(path, on_damage, rate), start, end)
    return ClipReader(_Video(path, on_damage, deinterlace), start, end)


def open_again(info: ClipInfo, *, start: float | None = None, end: float | None = None) -> ClipReader:
    """Open a clip as it was opened before, to read another part of it; see `open_clip`."""
    is_sequence = info.frame_rate is None and info.times is None
    return open_clip(
        info.path,
        start=start,
        end=end,
        on_damage=info.on_damage,
        deinterlace=info.deinterlace,
        rate=info.rate if is_sequence else None,
    )


def _made(make: Callable[[Frame], T], frames: Iterator[Frame]) -> Iterator[T]:
    with closing(frames):  # type: ignore[type-var]
        # not in a loop, whose variable would keep the frame while what was made of it waits
        yield from map(make, frames)


class _Images:
    def __init__(self, path: Path, on_damage: OnDamage, rate: float | Fraction | None) -> None:
        self._folder = find_images(path)
        _check_size(self._folder.files[0])
        self.info = images.probe(self._folder, on_damage, rate_of(rate))
        self._folder = replace(self._folder, rate=self.info.rate)

    def select(self, start: float | None, end: float | None, again: bool) -> tuple[_Frames, int | None]:
        selected = self._folder.between(start, end)
        # the whole folder was looked at before; damaged images show when they are read
        if not again and self.info.on_damage == "fail":
            common_size(selected.files)
        return lambda: images.read(selected, self.info), len(selected.files)


class _Pages:
    def __init__(self, several: pages.Pages, on_damage: OnDamage) -> None:
        self._pages = several
        self.info = pages.probe(several, on_damage)

    def select(self, start: float | None, end: float | None, again: bool) -> tuple[_Frames, int | None]:
        chosen = self._pages.between(start, end)
        return lambda: pages.read(self._pages, chosen, self.info), len(chosen)


class _Video:
    def __init__(self, path: Path, on_damage: OnDamage, deinterlace: Deinterlace) -> None:
        self._source = probe.probe(path, on_damage, deinterlace)
        self.info = self._source.info

    @cached_property
    def _listing(self) -> Listing:
        return selection.listed(self._source)

    def select(self, start: float | None, end: float | None, again: bool) -> tuple[_Frames, int | None]:
        repeats = self.info.on_damage == "repeat"
        if repeats and self._source.untimed:
            raise InputError(
                f"{self.info.path}: has no time stamps, without which nothing tells where damaged frames are;"
                " copy it into an MKV or MP4 container"
            )
        listing = self._listing if again or repeats else None
        chosen = selection.select(self._source, start, end, listing)
        return lambda: video.read(self._source, chosen, listing if repeats else None), chosen.frame_count


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
