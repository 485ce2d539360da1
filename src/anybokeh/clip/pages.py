"""One file with several images: animated WebP, and TIFF with several pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from anybokeh.clip.headers import tiff_pages
from anybokeh.clip.images import split_alpha
from anybokeh.clip.info import FRAME_RATE, ClipInfo, Frame, exact_seconds
from anybokeh.errors import InputError
from anybokeh.runtime.limits import check_frames, check_pixels
from anybokeh.settings import OnDamage

_AT_ONCE = 16
"""Images decoded together."""
_WEBP_HEAD = 21
"""Bytes up to those flags that say whether a WebP is animated."""
_LEAST_DURATION = Fraction(1, 100)
"""Seconds; animations that ask for less mean as fast as can be, which players take for a tenth."""


@dataclass(frozen=True)
class Pages:
    """Images of one file and their times in seconds; `end` is when the last one ends."""

    path: Path
    times: tuple[Fraction, ...]
    end: Fraction
    animated: bool

    def between(self, start: float | None, end: float | None) -> range:
        """Indices of the images with start <= time < end; raises InputError if there are none."""
        first, last = exact_seconds(start) or Fraction(0), exact_seconds(end)
        chosen = [i for i, time in enumerate(self.times) if time >= first and (last is None or time < last)]
        if not chosen:
            raise InputError(
                f"start {start or 0}: {self.path} ends at {float(self.end):.3f} s; start earlier"
            )
        return range(chosen[0], chosen[-1] + 1)


def find_pages(path: Path) -> Pages | None:
    """The images of a file that holds several, else None; raises InputError where it is damaged."""
    try:
        with path.open("rb") as file:
            head = file.read(_WEBP_HEAD)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(path, head)
    if head[:2] in (b"II", b"MM"):
        count = tiff_pages(path)
        if count > 1:
            times = tuple(i / FRAME_RATE for i in range(count))
            return Pages(path, times, count / FRAME_RATE, animated=False)
    return None


def _webp(path: Path, head: bytes) -> Pages | None:
    if not (head[12:16] == b"VP8X" and len(head) == _WEBP_HEAD and head[20] & 2):
        return Pages(path, (Fraction(0),), 1 / FRAME_RATE, animated=True)
    durations = _webp_durations(path)
    ends = list(itertools.accumulate(durations))
    return Pages(path, (Fraction(0), *ends[:-1]), ends[-1], animated=True)


def _webp_durations(path: Path) -> list[Fraction]:
    """Of every frame in seconds, from its chunks."""
    data = path.read_bytes()
    check_pixels(path, 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    durations, at = [], 12
    while at + 24 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"ANMF":
            milliseconds = int.from_bytes(data[at + 20 : at + 23], "little")
            seconds = Fraction(milliseconds, 1000)
            durations.append(seconds if seconds >= _LEAST_DURATION else Fraction(1, 10))
        at += 8 + size + size % 2
    if not durations or at < len(data) - 8 or at > len(data) + 1:
        raise InputError(f"{path}: is not a whole WEBP image (cut off or damaged); try another copy")
    check_frames(path, len(durations))
    return durations


def probe(pages: Pages, on_damage: OnDamage) -> ClipInfo:
    """Decode the first image and describe the file."""
    pixels, alpha = next(_decoded(pages, range(1)))
    height, width = pixels.shape[:2]
    count = len(pages.times)
    durations = np.diff([float(time) for time in (*pages.times, pages.end)])
    return ClipInfo(
        path=pages.path,
        width=width,
        height=height,
        frame_rate=(count / pages.end).limit_denominator(1001) if pages.animated else None,
        variable_rate=bool(np.ptp(durations) > 1e-4),
        frame_count=count,
        frame_count_exact=True,
        bit_depth=pixels.dtype.itemsize * 8,
        transfer="srgb",
        pixel_format="webp" if pages.animated else "tiff",
        time_base=Fraction(1, 1000) if pages.animated else 1 / FRAME_RATE,
        has_alpha=alpha is not None,
        codec="webp" if pages.animated else "tiff",
        times=pages.times,
        on_damage=on_damage,
    )


def read(pages: Pages, chosen: range, info: ClipInfo) -> Iterator[Frame]:
    """Decode one image after another; raises InputError."""
    ends = (*pages.times[1:], pages.end)
    for index, (pixels, alpha) in zip(chosen, _decoded(pages, chosen), strict=True):
        if pixels.shape[:2] != (info.height, info.width) or pixels.dtype.itemsize * 8 != info.bit_depth:
            raise InputError(f"{pages.path}: image {index} has another size or depth than the first")
        if info.has_alpha and alpha is None:
            alpha = np.full(pixels.shape[:2], np.iinfo(pixels.dtype).max, pixels.dtype)
        time = pages.times[index]
        yield Frame(index, time, ends[index] - time, pixels, alpha if info.has_alpha else None)


def _decoded(pages: Pages, chosen: range) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    import cv2

    data = np.fromfile(pages.path, np.uint8)
    for first in range(chosen.start, chosen.stop, _AT_ONCE):
        count = min(_AT_ONCE, chosen.stop - first)
        try:
            if pages.animated and len(pages.times) > 1:
                done, animation = cv2.imdecodeanimation(data, start=first, count=count)
                images = animation.frames if done else ()
            elif pages.animated:
                images = [cv2.imdecode(data, cv2.IMREAD_UNCHANGED)]
            else:
                done, images = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED, range=(first, first + count))
        except cv2.error:
            images = ()
        if len(images) != count or any(image is None for image in images):
            raise InputError(f"{pages.path}: damaged from image {first} on; try another copy of the file")
        for image in images:
            yield split_alpha(pages.path, np.asarray(image))
