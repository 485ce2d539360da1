"""Naming a clip by what it holds without reading it whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from anybokeh.errors import InputError

_SAMPLES = 16
_SAMPLE = 1 << 16


def content_key(path: Path) -> str:
    """A name for a clip (a file or a folder of images): of sizes, times of change and samples of the bytes.

    Copies that keep their time of change have one name. Raises InputError where it cannot be read.
    """
    digest = hashlib.blake2b(digest_size=12)
    try:
        if path.is_dir():
            for file in sorted(path.iterdir()):
                if file.is_file() and file.name[0] != ".":
                    digest.update(f"{file.name}\0{_facts(file)}\0".encode())
        else:
            digest.update(_facts(path).encode())
            size = path.stat().st_size
            with path.open("rb") as file:
                for number in range(_SAMPLES):
                    file.seek(max(0, size - _SAMPLE) * number // (_SAMPLES - 1))
                    digest.update(file.read(_SAMPLE))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    return digest.hexdigest()


def _facts(file: Path) -> str:
    facts = file.stat()
    return f"{facts.st_size} {facts.st_mtime_ns}"
