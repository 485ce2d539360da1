"""Where the result of a clip goes when nobody says: beside it, over nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path, PurePosixPath

from anybokeh.clip.codecs import CODECS, CONTAINERS, IMAGE_CODECS
from anybokeh.clip.sequences import SUFFIXES
from anybokeh.errors import InputError
from anybokeh.runtime.file_patterns import file_pattern
from anybokeh.segments.work_folder import folder_of
from anybokeh.settings import RenderSettings
from anybokeh.storage.urls import is_url, local_path, name_of

_ELSEWHERE = (".webm",)
"""Containers that can be written, but only by slow encoders."""


def default_output(input: str | Path, settings: RenderSettings) -> Path:
    """`clip.bokeh.mp4` for `clip.mp4`, or `clip.bokeh-2.mp4` and so on where that is there.

    Videos keep their suffix where it can hold the codec and is not .webm, else they get .mp4, or what the
    codec needs. Images and lists get a folder, `shot.bokeh`. With `overwrite` it is the first name, with
    `resume` that of an unfinished render, else the first.

    Raises InputError for URLs.
    """
    if is_url(input):
        here = local_path(str(input))
        if here is None:
            raise InputError(f"{input}: lies in a store: say where the result goes, with -o OUTPUT")
        input = here
    names = _names(Path(input), settings.codec)
    first = next(names)
    if settings.overwrite:
        return first
    name = first
    while folder_of(name).is_dir() or os.path.lexists(name):
        if settings.resume and folder_of(name).is_dir():
            return name
        name = next(names)
    return first if settings.resume else name


def _names(input: Path, codec: str | None) -> Iterator[Path]:
    if input.name in ("", ".."):
        input = input.resolve()
    stem, suffix = _parts(input, codec)
    for number in count(1):
        again = "" if number == 1 else f"-{number}"
        yield input.with_name(f"{stem}.bokeh{again}{suffix}")


def _parts(input: Path, codec: str | None) -> tuple[str, str]:
    """What stands before and after; the suffix of a folder is empty."""
    pattern = file_pattern(input)
    if pattern is not None:
        stem, images = pattern.before.replace("*", "").strip("._- ") or "images", True
    elif input.is_dir():
        stem, images = input.name, True
    else:
        stem, images = input.stem, input.suffix.lower() in (*SUFFIXES, ".csv")
    if codec in IMAGE_CODECS or (images and codec is None):
        return stem, ""
    suffix = input.suffix.lower()
    fitting = CODECS[codec].containers if codec in CODECS else tuple(CONTAINERS)
    if suffix not in fitting or suffix in _ELSEWHERE:
        suffix = ".mp4" if ".mp4" in fitting else fitting[0]
    return stem, suffix


def name_in_batch(input: str | Path, mark: str = "") -> str:
    """The name of an output in a folder of its own: the input's, with a suffix that can be written.

    mark: put before the suffix.
    """
    name = PurePosixPath(name_of(str(input)))
    suffix = name.suffix
    if Path(input).is_dir():
        return f"{name}{mark}"
    if suffix and file_pattern(input) is None and suffix.lower() not in CONTAINERS:
        suffix = "" if suffix.lower() in SUFFIXES else ".mp4"
    return f"{name.stem}{mark}{suffix}"
