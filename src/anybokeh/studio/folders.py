"""The folders whose clips can be chosen in the page; no path outside of them is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anybokeh.clip.sequences import SUFFIXES as IMAGE_SUFFIXES
from anybokeh.disparity.files import VIDEO_SUFFIXES
from anybokeh.errors import InputError
from anybokeh.runtime.links import followed

CLIP_SUFFIXES = (*VIDEO_SUFFIXES, *IMAGE_SUFFIXES)
_MAP_SUFFIXES = (".npy", ".npz")
_MOST_ENTRIES = 2000


@dataclass(frozen=True)
class Folders:
    """The chosen folders, and single clips that were named at the start."""

    folders: tuple[Path, ...]
    single: tuple[Path, ...] = ()

    @classmethod
    def of(cls, folders: Iterable[Path], single: Iterable[Path] = ()) -> Folders:
        """From any paths."""
        return cls(
            tuple(dict.fromkeys(path.expanduser().resolve() for path in folders)),
            tuple(dict.fromkeys(path.expanduser().resolve() for path in single)),
        )

    def check(self, path: str | Path) -> Path:
        """The path with links followed; raises InputError where it lies outside of what was chosen."""
        try:
            found = followed(Path(path).expanduser())
        except (RuntimeError, ValueError):
            raise InputError(f"{path}: cannot be followed; check the path") from None
        if found in self.single or any(found.is_relative_to(folder) for folder in self.folders):
            return found
        raise InputError(
            f"{Path(path).name}: lies outside of the folders that the studio may read; "
            "start it with --folder FOLDER, or drop the file onto the page"
        )

    def listing(self, path: str | None) -> dict[str, Any]:
        """The folders, clips and disparity maps of a folder; None lists the chosen folders.

        Raises InputError where it cannot be read.
        """
        if not path:
            return {"path": None, "up": None, "entries": [_entry(folder) for folder in self.folders]}
        folder = self.check(path)
        try:
            entries = sorted(folder.iterdir(), key=lambda entry: (not entry.is_dir(), entry.name.lower()))
        except NotADirectoryError:
            raise InputError(f"{folder.name}: is no folder") from None
        except OSError as error:
            raise InputError(f"{folder.name}: the folder cannot be read ({error.strerror})") from None
        shown = [_entry(entry) for entry in entries if entry.name[0] != "." and _is_offered(entry)]
        up = str(folder.parent) if any(folder.parent.is_relative_to(one) for one in self.folders) else ""
        return {"path": str(folder), "up": up, "entries": shown[:_MOST_ENTRIES]}


def _is_offered(entry: Path) -> bool:
    return entry.is_dir() or entry.suffix.lower() in (*CLIP_SUFFIXES, *_MAP_SUFFIXES)


def _entry(path: Path) -> dict[str, Any]:
    kind = "folder" if path.is_dir() else "maps" if path.suffix.lower() in _MAP_SUFFIXES else "clip"
    size = None
    try:
        if kind == "folder":
            inside = next((one for one in path.iterdir() if one.name[0] != "."), None)
            if inside is not None and inside.suffix.lower() in IMAGE_SUFFIXES:
                kind = "images"
        else:
            size = path.stat().st_size
    except OSError:
        pass
    return {"name": path.name or str(path), "path": str(path), "kind": kind, "bytes": size}
