"""Tracks as tables of frame and value, which compositing and editing programs read and write."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus.track import FocusTrack

_COLUMNS = ("frame", "time", "focus", "distance", "blur", "f_number", "range", "ease")
_WITHOUT_NAMES = ("frame", "focus", "blur", "range")
"""What columns are where no line names them."""
_TEXTS = ("focus", "ease")
_DECIMALS = 6


def table_of(track: FocusTrack) -> str:
    """The text: a line of names, then a line for each frame, which is counted from 0."""
    lines = [",".join(_WITHOUT_NAMES)]
    for frame, values in enumerate(zip(track.focus, track.blur, track.range, strict=True)):
        numbers = [
            f"{round(float(value), _DECIMALS):.{_DECIMALS}f}".rstrip("0").rstrip(".") for value in values
        ]
        lines.append(",".join([str(frame), *numbers]))
    return "\n".join(lines) + "\n"


def entries_of_table(path: Path, text: str) -> list[dict[str, Any]]:
    """Keyframes as track files list them, one for each line.

    Columns are parted by commas, semicolons, tabs or spaces, and named by a first line, else frame, focus,
    blur and range. Cells may be empty. Raises InputError naming the line.
    """
    rows = [
        (number, [cell.strip() for cell in cells])
        for number, cells in _rows(path, text)
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith("#")
    ]
    if not rows:
        raise InputError(f"{path}: holds no lines; expected frame and focus, such as 0,0.5")
    names = _WITHOUT_NAMES
    first = [cell.lower().replace("-", "_") for cell in rows[0][1]]
    if _number(first[0]) is None:
        names = tuple(first)
        strange = [name for name in names if name not in _COLUMNS] or [
            name for name in names if names.count(name) > 1
        ]
        if strange:
            raise InputError(
                f"{path}: line {rows[0][0]}: column {strange[0]!r:.40}, expected each once of "
                f"{', '.join(_COLUMNS)}"
            )
        rows = rows[1:]
    if not rows:
        raise InputError(f"{path}: holds no lines but the names of its columns; expected one for each frame")
    return [_entry(path, number, names, cells) for number, cells in rows]


def _rows(path: Path, text: str) -> list[tuple[int, list[str]]]:
    lines = text.splitlines()
    head = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    mark = next((mark for mark in ";\t," if mark in head), None)
    if mark is None:
        return [(number, line.split() or [""]) for number, line in enumerate(lines, 1)]
    try:
        return [
            (number, next(iter(csv.reader([line], delimiter=mark)), [""]) or [""])
            for number, line in enumerate(lines, 1)
        ]
    except csv.Error as error:
        raise InputError(f"{path}: is not a table ({error}); expected frame and focus in each line") from None


def _entry(path: Path, line: int, names: tuple[str, ...], cells: list[str]) -> dict[str, Any]:
    if len(cells) > len(names):
        raise InputError(f"{path}: line {line}: has {len(cells)} columns, expected {', '.join(names)}")
    entry: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if not cell:
            continue
        value = _number(cell)
        if value is None and name not in _TEXTS:
            raise InputError(f"{path}: line {line}: {name} {cell!r:.40}, expected a number")
        if name == "frame" and value is not None and value.is_integer():
            entry[name] = int(value)
        else:
            entry[name] = cell if value is None else value
    return entry


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
