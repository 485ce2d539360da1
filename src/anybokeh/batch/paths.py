"""Paths that a manifest names stay inside the folders that its user allowed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.runtime.links import followed
from anybokeh.storage.urls import check_url, is_url


@lru_cache
def _resolved(root: Path) -> Path:
    return root.resolve()


def within(text: str, base: Path, root: Path | str) -> Path | str:
    """The path or URL that `text` means; raises InputError where it is not under `root`, a folder or a URL.

    Under a URL, other texts are seen from it; else from the folder `base`.
    """
    if not is_url(root):
        if is_url(text):
            raise InputError(f"{text}: is a URL; --root URL, or --output URL, allows those under it")
        return inside(text, base, Path(root))
    top = str(root).rstrip("/") + "/"
    url = text if is_url(text) else top + text
    check_url(url)
    if not url.startswith(top):
        raise InputError(f"{text}: lies outside of {root}; --root allows another folder")
    return url


def inside(text: str, base: Path, root: Path) -> Path:
    """The path that `text` means, seen from the folder `base`.

    Raises InputError where it lies outside of the folder `root`, through links as well.
    """
    if not text or "\0" in text:
        raise InputError(f"{text!r}: is no path")
    path = base / text
    if not followed(path).is_relative_to(_resolved(root)):
        raise InputError(f"{text}: lies outside of {root}; --root allows another folder")
    return path
