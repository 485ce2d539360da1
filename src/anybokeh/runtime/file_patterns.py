"""Numbered files by one name: `a.%04d.png`, `a.####.exr`, `a.1001-1100.exr`, `a*.png`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from anybokeh.errors import InputError

_PLACE = re.compile(
    r"%0?(?P<width>\d*)d|(?P<hashes>#+)|(?<!\d)(?P<low>\d+)-(?P<high>\d+)(?=\.\w+$)|(?P<any>\*)"
)


@dataclass(frozen=True)
class FilePattern:
    """A name with a place for the number.

    before, after: what stands around the place. padding: least number of digits. first, last: of a range of
    numbers, or None. any: the place holds any text, and `before` and `after` any further `*`.
    """

    before: str
    after: str
    padding: int
    first: int | None = None
    last: int | None = None
    any: bool = False

    def name(self, number: int) -> str:
        """The file of that number."""
        return f"{self.before}{number:0{self.padding}}{self.after}"

    def matches(self, name: str) -> bool:
        """Whether a file of that name is meant."""
        if self.any:
            parts = (self.before + "*" + self.after).split("*")
            return re.fullmatch(".*".join(map(re.escape, parts)), name) is not None
        digits = rf"(\d{{{self.padding},}})"
        found = re.fullmatch(re.escape(self.before) + digits + re.escape(self.after), name)
        if found is None or (self.padding > 1 and len(found[1]) > self.padding and found[1][0] == "0"):
            return False
        number = int(found[1])
        return (self.first is None or self.first <= number) and (self.last is None or number <= self.last)


def file_pattern(path: str | Path) -> FilePattern | None:
    """The pattern that the last part of a path is; None where it names one file or folder."""
    name = Path(path).name
    place = _PLACE.search(name)
    if place is None or Path(path).exists():
        return None
    before, after = name[: place.start()], name[place.end() :]
    if place["any"]:
        return FilePattern(before, after, 1, any=True)
    if place["low"]:
        low, high = int(place["low"]), int(place["high"])
        return FilePattern(before, after, len(place["low"]), low, high) if low <= high else None
    return FilePattern(before, after, len(place["hashes"] or "") or int(place["width"] or 1))


def files_named(path: Path) -> list[Path]:
    """The files of a folder, those that a pattern means, or the one file; raises InputError.

    They come sorted by name, without folders.
    """
    pattern = file_pattern(path)
    if pattern is None and not path.is_dir():
        return [path]
    folder = path if pattern is None else path.parent
    try:
        entries = sorted(entry for entry in folder.iterdir() if entry.is_file())
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check the path") from None
    return [entry for entry in entries if pattern is None or pattern.matches(entry.name)]


def exists(path: str | Path) -> bool:
    """Whether a path is there, or a pattern means any file."""
    return Path(path).exists() or (file_pattern(path) is not None and bool(files_named(Path(path))))
