"""Numbered images of a folder: which belong together, their numbers, and when each is shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from anybokeh.clip.info import FRAME_RATE, exact_seconds
from anybokeh.errors import InputError
from anybokeh.runtime.file_patterns import file_pattern, files_named

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr")
KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".tif": "tiff", ".tiff": "tiff", ".exr": "exr"}

_NUMBER = re.compile(r"(\d+)(?=\D*$)")


@dataclass(frozen=True)
class ImageFolder:
    """Images in natural order.

    path: what the user called them. files: one a frame. first: index of the first of them in the whole
    folder. numbers: in their names, ascending; None where names are not numbered. padding: digits of the
    numbers, 0 where they are not padded. rate: frames a second.
    """

    path: Path
    files: tuple[Path, ...]
    first: int = 0
    numbers: tuple[int, ...] | None = None
    padding: int = 0
    rate: Fraction = FRAME_RATE

    @property
    def times(self) -> tuple[Fraction, ...]:
        """Seconds of every image of the whole folder; missing numbers hold the image before."""
        return sequence_times(self.numbers, self.first + len(self.files), self.rate)

    def between(self, start: float | None, end: float | None) -> ImageFolder:
        """The images with start <= time < end; raises InputError if there are none."""
        begin, stop = exact_seconds(start) or Fraction(0), exact_seconds(end)
        chosen = [i for i, t in enumerate(self.times) if t >= begin and (stop is None or t < stop)]
        if not chosen:
            seconds = float(self.times[-1] + 1 / self.rate)
            raise InputError(
                f"start {start or 0}: {self.path} ends at {seconds:.3f} s ({self.rate} images a second);"
                " start earlier"
            )
        return replace(self, files=self.files[chosen[0] : chosen[-1] + 1], first=chosen[0])


def sequence_times(numbers: Sequence[int] | None, count: int, rate: Fraction) -> tuple[Fraction, ...]:
    """Seconds of images by their numbers, from the first one's."""
    if numbers is None:
        return tuple(i / rate for i in range(count))
    return tuple((number - numbers[0]) / rate for number in numbers)


def missing_numbers(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of numbers, first and last, that are left out."""
    return [(a + 1, b - 1) for a, b in itertools.pairwise(numbers) if b > a + 1]


def runs_text(runs: list[tuple[int, int]]) -> str:
    """Runs of numbers for the user: `7-8, 12`."""
    few = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs[:8])
    return few + (f" and {len(runs) - 8} more" if len(runs) > 8 else "")


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sorting key by which frame_9 comes before frame_10."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(p), p) if p.isdecimal() else (1, 0, p.lower()) for p in parts if p]


def find_images(path: Path, stem: Callable[[Path], str] = lambda file: file.stem) -> ImageFolder:
    """The images of a folder, those that a pattern means, or one image file.

    stem: the part of a file's name that numbers it.

    Raises InputError if there are none, several types, or several sequences.
    """
    pattern = file_pattern(path)
    if pattern is None and path.is_file():
        return ImageFolder(path, (path,))
    found = files_named(path) if pattern is not None or path.is_dir() else _unreadable(path)
    files = [file for file in found if file.suffix.lower() in SUFFIXES and file.name[0] != "."]
    if not files:
        where = "no file has such a name" if pattern is not None else "the folder holds no"
        what = "; expected" if pattern is not None else ""
        raise InputError(f"{path}: {where}{what} PNG, JPEG, TIFF or EXR images; check the path")
    kinds = sorted({KINDS[file.suffix.lower()] for file in files})
    if len(kinds) > 1:
        raise InputError(f"{path}: holds images of several types ({', '.join(kinds)}); keep one type")
    if pattern is None:
        _check_one_sequence(path, files, stem)
    files.sort(key=lambda file: natural_key(Path(stem(file))))
    return ImageFolder(path, tuple(files), 0, *_numbers(files, stem))


def _unreadable(path: Path) -> list[Path]:
    raise InputError(f"{path}: there is no such file or folder; check the path")


def _numbers(files: Sequence[Path], stem: Callable[[Path], str]) -> tuple[tuple[int, ...] | None, int]:
    """The numbers of a sequence and their digits."""
    digits = [match[1] if (match := _NUMBER.search(stem(file))) else "" for file in files]
    numbers = tuple(int(text) if text else -1 for text in digits)
    if -1 in numbers or any(b <= a for a, b in itertools.pairwise(numbers)):
        return None, 0
    shortest, longest = min(map(len, digits)), max(map(len, digits))
    padded = shortest == longest > 1 or any(len(text) > 1 and text[0] == "0" for text in digits)
    return numbers, shortest if padded else 0


def _check_one_sequence(path: Path, files: Sequence[Path], stem: Callable[[Path], str]) -> None:
    """Refuse a folder with several runs of numbered images, which nobody means to be interleaved."""
    groups: dict[tuple[str, str], list[str]] = {}
    for file in files:
        name = stem(file)
        if match := _NUMBER.search(name):
            around = name[: match.start()], name[match.end() :] + file.suffix
            groups.setdefault(around, []).append(match[1])
    several = [(around, digits) for around, digits in groups.items() if len(digits) > 1]
    if len(several) > 1:
        names = sorted(before + "#" * len(digits[0]) + after for (before, after), digits in several)
        more = ", …" if len(names) > 3 else ""
        raise InputError(
            f"{path}: holds several sequences ({', '.join(names[:3])}{more}); name one of them, such as"
            f" {path / names[0]}, or all in the order of their names, {path / ('*' + files[0].suffix)}"
        )
