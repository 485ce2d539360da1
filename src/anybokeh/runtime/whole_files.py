"""Writing a file so that it appears whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from anybokeh.errors import InputError


def write_whole(path: Path, data: bytes) -> None:
    """Write beside `path`, then move there; raises InputError when that is not possible."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); check the folder and the disk"
        ) from None
    finally:
        # nothing is left of it once it was moved; an interrupt leaves nothing either
        beside.unlink(missing_ok=True)
