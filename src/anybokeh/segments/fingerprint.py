"""What a render depends on, so that a resumed one is the same render.

Every file that the settings name counts by its contents up to 256 MB, and beyond that by size, time of change
and samples, since reading hundreds of gigabytes would cost more than it saves.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import av

from anybokeh import __version__
from anybokeh.errors import InputError
from anybokeh.options import PathRule
from anybokeh.options.option import leaves
from anybokeh.runtime.file_patterns import exists, files_named
from anybokeh.settings import RenderSettings

_WHOLE = 256 << 20
_SAMPLES = 32
_SAMPLE = 1 << 18
_CHUNK = 1 << 20

Fingerprint = dict[str, str]
"""What it depends on by name, in a form to compare and to show."""


def fingerprint(
    input: Path, settings: RenderSettings, files: Iterable[Path], extra: dict[str, object]
) -> Fingerprint:
    """Describe a render.

    Args:
        input: the clip.
        settings: of the render.
        files: what the settings name: maps, masks, tracks, models.
        extra: what else the result depends on, by name.

    Raises:
        InputError: a file cannot be read.
    """
    # another encoder may decide otherwise
    codecs = ".".join(map(str, av.library_versions["libavcodec"]))
    result = {
        "version of anybokeh": __version__,
        "version of PyAV and its codecs": f"{av.__version__}, {codecs}",
    }
    for leaf in leaves(type(settings)):
        if leaf.rule.flag.identity:
            result[leaf.rule.label] = _absolute(leaf.rule.path, leaf.value(settings))
    result |= {name: str(value) for name, value in extra.items()}
    for file in (input, *files):
        if exists(file):
            result[f"content of {file.resolve()}"] = content_digest(file)
    return result


def _absolute(rule: PathRule | None, value: object) -> str:
    """A setting to compare: the same file counts as the same, whatever folder one stands in."""
    path = None if rule is None else rule.path_in(value)
    if rule is None or path is None or not exists(path):
        return str(value)
    return rule.replaced(Path(path).resolve())


def difference(before: Fingerprint, now: Fingerprint) -> str | None:
    """One clause on the first thing that differs, None if nothing does."""
    for name in (*before, *(name for name in now if name not in before)):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if name.startswith("content of "):
            if new is None:
                return f"it was made from {name.removeprefix('content of ')}, which is not asked for now"
            if old is None:
                return f"{name.removeprefix('content of ')} was not part of it"
            return f"{name.removeprefix('content of ')} has changed since"
        return f"{name} was {_short(old)} and is {_short(new)} now"
    return None


def _short(value: str | None) -> str:
    return "not set" if value is None else value if len(value) <= 80 else value[:77] + "..."


def content_digest(path: Path) -> str:
    """A digest of a file, or of all files of a folder with their names; raises InputError."""
    digest = hashlib.sha256()
    try:
        files = _files(path)
        root = path if path.is_dir() else path.parent
        sizes = [file.stat().st_size for file in files]
        small = sum(sizes) <= _WHOLE
        share = max(2, _SAMPLES // max(1, len(files)))
        for file, size in zip(files, sizes, strict=True):
            if file != path:
                digest.update(os.fsencode(file.relative_to(root)) + b"\0")
            digest.update(size.to_bytes(8, "big"))
            if small:
                _add_whole(digest, file)
            else:
                digest.update(file.stat().st_mtime_ns.to_bytes(16, "big", signed=True))
                if len(files) <= _SAMPLES:
                    _add_samples(digest, file, size, share)
    except OSError as error:
        raise InputError(f"{error.filename or path}: cannot be read ({error.strerror})") from None
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return files_named(path)
    return sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))


def _add_whole(digest: hashlib._Hash, file: Path) -> None:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)


def _add_samples(digest: hashlib._Hash, file: Path, size: int, samples: int) -> None:
    """The beginning, the end, and places between."""
    with file.open("rb") as opened:
        for number in range(samples):
            opened.seek(max(0, size - _SAMPLE) * number // (samples - 1))
            digest.update(opened.read(_SAMPLE))
