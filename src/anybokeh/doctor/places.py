"""Where models and caches lie, how large they are, and how much room is left."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any


def models() -> dict[str, Any]:
    """Small networks, nano, and the models of the library: where each is."""
    from anybokeh.models.library import library_folder, library_models, nano_folder
    from anybokeh.storage import pinned

    networks = (pinned.SUBJECT_NETWORK, pinned.FACE_NETWORK, pinned.DEPTH_SMALL)
    nano = nano_folder()
    return {
        **{file.title: str(pinned.find(file) or "not here; anybokeh models get all") for file in networks},
        "nano": str(nano or "not here; pip install 'anybokeh[nano]'"),
        "library": str(library_folder()),
        **{folder.name: f"{folder}, {_size(folder)}" for folder in library_models()},
    }


def caches() -> dict[str, Any]:
    """Folders that may be deleted at any time, and how large they are."""
    from anybokeh.runtime.cache import cache_folder, limit_bytes

    home = cache_folder().parent
    folders = sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    return {
        "place": str(home),
        "limit of disparity": f"{limit_bytes() / 1e9:.1f} GB",
        **{folder.name: _size(folder) for folder in folders},
    }


def free_disk() -> dict[str, Any]:
    """Room where results, caches and temporary files go."""
    from anybokeh.runtime.cache import cache_folder

    places = {"here": Path.cwd(), "caches": cache_folder(), "temporary": Path(tempfile.gettempdir())}
    return {name: f"{_free(place) / 1e9:.1f} GB in {place}" for name, place in places.items()}


def _free(place: Path) -> int:
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free


def _size(folder: Path) -> str:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(Path(parent, name)).st_size
            except OSError:
                continue  # deleted meanwhile
    return f"{total / 1e6:.0f} MB"
