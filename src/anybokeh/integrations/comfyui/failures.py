"""Errors of a clip in a temporary folder in the words of its node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anybokeh.errors import InputError


@contextmanager
def without_folder(folder: Path) -> Iterator[None]:
    """Errors that name a file in the folder name the input that it was made of instead."""
    try:
        yield
    except InputError as error:
        text = str(error).replace(f"{folder}/", "").replace("disparity.npy", "disparity")
        raise InputError(text) from None
