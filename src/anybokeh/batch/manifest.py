"""Manifests: one clip a row, in CSV or JSON lines, read one row at a time.

Columns: input, and optionally output and every option that a row may set, see `columns`. The official lists
with aif_folder, disp_folder and k are understood as well. Paths are seen from the manifest's folder.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

from anybokeh.batch.paths import within
from anybokeh.errors import InputError
from anybokeh.focus import parse_focus
from anybokeh.job.default_output import name_in_batch
from anybokeh.options import PathRule
from anybokeh.options.option import flags
from anybokeh.options.values import with_values
from anybokeh.settings import RenderSettings
from anybokeh.storage.urls import is_url

_OFFICIAL = ("aif_folder", "disp_folder", "k")
_LONGEST_LINE = 1 << 20
_MOST_ROWS = 10_000_000


@dataclass(frozen=True)
class Folders:
    """Where a manifest's paths may lead: inputs inside `root`, outputs inside `output`, folders or URLs."""

    base: Path
    root: Path | str
    output: Path | str


@dataclass(frozen=True)
class Row:
    """One clip to render.

    Attributes:
        number: of the row, from 1.
        input, output: paths or URLs.
        settings: of the render.
        digest: of what the row says, to know it again.
        error: one line that says why it cannot be rendered, None if it can.
    """

    number: int
    input: str
    output: Path | str
    settings: RenderSettings
    digest: str
    error: str | None = None


def read_manifest(path: Path, folders: Folders, defaults: RenderSettings) -> Iterator[Row]:
    """The rows one after another; a bad row carries its error and does not end the reading.

    Raises InputError where the file as a whole is no manifest.
    """
    lines = _json_rows(path) if path.suffix.lower() in (".jsonl", ".ndjson", ".json") else _csv_rows(path)
    empty = True
    for number, values in enumerate(islice(lines, _MOST_ROWS), 1):
        empty = False
        try:
            row = _row(values, folders, defaults)
            yield replace(row, number=number, digest=_digest(row))
        except InputError as error:
            name = values.get("input", "") if isinstance(values, dict) else ""
            line = f"{path}, row {number}: {error}"
            yield Row(number, str(name)[:1000], folders.output, defaults, "", line)
    if empty:
        raise InputError(f"{path}: lists no clips")


def _digest(row: Row) -> str:
    settings = replace(row.settings, overwrite=False, resume=False)
    return hashlib.sha256(f"{row.input}\0{settings}".encode(errors="replace")).hexdigest()[:32]


def _csv_rows(path: Path) -> Iterator[Any]:
    with _opened(path) as file:
        try:
            rows = csv.DictReader(_lines(file, path), skipinitialspace=True, restkey="", strict=True)
            names = set(rows.fieldnames or ())
            if not ("input" in names or set(_OFFICIAL) <= names):
                raise InputError(f"{path}: has no column input (or {','.join(_OFFICIAL)})")
            yield from rows
        except UnicodeDecodeError:
            raise InputError(f"{path}: is not UTF-8 text") from None
        except csv.Error as error:
            raise InputError(f"{path}: is not a CSV text file ({error})") from None


def _json_rows(path: Path) -> Iterator[Any]:
    with _opened(path) as file:
        try:
            for line in _lines(file, path):
                if line.strip():
                    try:
                        yield json.loads(line)
                    except (ValueError, RecursionError):
                        yield line.strip()[:200]
        except UnicodeDecodeError:
            raise InputError(f"{path}: is not UTF-8 text") from None


def _opened(path: Path) -> IO[str]:
    try:
        return path.open(newline="", encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a manifest") from None


def _lines(file: IO[str], path: Path) -> Iterator[str]:
    """Lines of a text, none of which may fill the memory."""
    try:
        while line := file.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise InputError(f"{path}: has a line of more than {_LONGEST_LINE} characters")
            yield line
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a manifest") from None


def _row(values: Any, folders: Folders, defaults: RenderSettings) -> Row:
    if not isinstance(values, dict):
        raise InputError(f"is {str(values)[:40]!r}, expected an object with input")
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    if "aif_folder" in given:
        given = _from_official(given, folders)
    unknown = [name for name in given if name not in columns()]
    if unknown:
        raise InputError(f"{str(unknown[0])[:40]!r} is unknown; expected {', '.join(columns())}")
    if "input" not in given:
        raise InputError("input is missing")
    bad = next((name for name, value in given.items() if not isinstance(value, (str, int, float))), None)
    if bad is not None:
        raise InputError(f"{bad} is {str(given[bad])[:40]!r}, expected a text or a number")
    texts = {name: str(value).strip() for name, value in given.items()}
    source = _path(texts.pop("input"), folders)
    name = texts.pop("output", "")
    output = within(name or name_in_batch(source), Path(folders.output), folders.output)
    if not name and str(output) == str(source):
        # nothing is written over what it is made of
        output = within(name_in_batch(source, ".bokeh"), Path(folders.output), folders.output)
    if isinstance(output, Path) and output.resolve() == Path(folders.output).resolve():
        raise InputError(f"output {name!r}: is the folder of the outputs itself")
    return Row(0, str(source), output, _settings(texts, folders, defaults), "")


def columns() -> tuple[str, ...]:
    """Names that a row may give."""
    return ("input", "output", *(flag.name for flag in flags(RenderSettings) if flag.row))


def _settings(texts: dict[str, str], folders: Folders, defaults: RenderSettings) -> RenderSettings:
    in_store = is_url(folders.root)

    def seen(rule: PathRule, value: Any) -> Any:
        path = rule.path_in(value, lambda text: (folders.base / text).exists(), clips_in_store=in_store)
        return value if path is None else rule.replaced(_path(path, folders))

    settings = with_values(defaults, texts, seen)
    if isinstance(settings.focus, str):
        parse_focus(settings.focus)
    return settings


def _path(text: str, folders: Folders) -> Path | str:
    return within(text, folders.base, folders.root)


def _from_official(values: dict[str, Any], folders: Folders) -> dict[str, Any]:
    """An official row; its folders are seen from the list's folder or the one above."""
    missing = [name for name in _OFFICIAL if name not in values]
    if missing:
        raise InputError(f"{missing[0]} is missing; expected {','.join(_OFFICIAL)}")

    def found(name: str) -> str:
        text = str(values[name])
        above = f"../{text}"
        return text if (folders.base / text).exists() or not (folders.base / above).exists() else above

    result: dict[str, Any] = {"input": found("aif_folder"), "disparity": found("disp_folder")}
    result["output"] = Path(str(values["aif_folder"])).name
    blur = str(values["k"]).strip()
    if not blur.isalpha():
        result["blur"] = blur
    return {**{name: value for name, value in values.items() if name not in _OFFICIAL}, **result}


def is_official(path: Path) -> bool:
    """Whether a CSV file begins as the official lists do; raises InputError."""
    if path.suffix.lower() != ".csv":
        return False
    with _opened(path) as file:
        try:
            return "aif_folder" in file.readline(_LONGEST_LINE)
        except (OSError, UnicodeDecodeError):
            return False
