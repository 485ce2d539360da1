"""Links of the file system that lead somewhere."""

from __future__ import annotations

import errno
from pathlib import Path

from anybokeh.errors import InputError


def followed(path: Path) -> Path:
    """The absolute path with its links followed; what it names need not exist.

    Raises InputError where links point to themselves, which `Path.resolve` lets pass since Python 3.13.
    """
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InputError(
                f"{path}: cannot be followed; check for links that point to themselves"
            ) from None
    return path.resolve()
