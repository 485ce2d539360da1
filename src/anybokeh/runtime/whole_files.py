"""Files and folders that appear whole or not at all: they are made beside their place, then moved there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.runtime.work_names import work_name

UNFINISHED = ".*.part"
"""Names of files that a killed process may leave."""
_numbers = count()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to: it becomes `path` after the block, or is deleted where that fails.

    Raises OSError where it cannot be moved.
    """
    # threads may write the same file
    temporary = path.with_name(f"{work_name(path.name)}{os.getpid()}-{next(_numbers)}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        # nothing is left of it once it was moved; an interrupt leaves nothing either
        temporary.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path` to fill: it becomes `path` after the block, or is deleted on any error.

    A folder of that name is replaced. The folder above must exist. Raises OSError where either fails.
    """
    temporary = Path(tempfile.mkdtemp(prefix=work_name(path.name), dir=path.parent))
    try:
        yield temporary
        put_in_place(temporary, path)
    finally:
        remove(temporary)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; raises InputError when that is not possible."""
    try:
        with whole_file(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); check the folder and the disk"
        ) from None


def put_in_place(temporary: Path, path: Path) -> None:
    """Move a finished file or folder to `path`, replacing what is there; if that fails, the old one stays."""
    if temporary.is_dir():
        temporary.chmod(0o777 & ~_umask())
        if path.is_dir():
            # a folder cannot be replaced in one step: move the old one aside first
            aside = Path(tempfile.mkdtemp(prefix=work_name(path.name), dir=path.parent))
            try:
                path.rename(aside / path.name)
                temporary.rename(path)
            finally:
                if not path.exists():
                    (aside / path.name).rename(path)
                shutil.rmtree(aside)
            return
    else:
        temporary.chmod(0o666 & ~_umask())
    os.replace(temporary, path)  # noqa: PTH105


def remove(path: Path) -> None:
    """Delete a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
