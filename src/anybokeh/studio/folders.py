"""The folders whose clips can be chosen in the page; no path outside of them is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
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
    uploads: Path | None = None

    @classmethod
    def of(cls, folders: Iterable[Path], single: Iterable[Path] = (), uploads: Path | None = None) -> Folders:
        """From any paths. uploads: the folder that holds uploads, each in a folder of its own."""
        own = () if uploads is None else (uploads,)
        return cls(
            tuple(dict.fromkeys(path.expanduser().resolve() for path in (*folders, *own))),
            tuple(dict.fromkeys(path.expanduser().resolve() for path in single)),
            None if uploads is None else uploads.expanduser().resolve(),
        )

    def check(self, path: str | Path) -> Path:
        """The path with links followed; raises InputError where it lies outside of what was chosen."""
        # how a path outside is refused must not tell whether it is there
        with contextlib.suppress(RuntimeError, ValueError, OSError):
            found = followed(Path(path).expanduser())
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
            inside = folder.glob("*/*") if folder == self.uploads else folder.iterdir()
            entries = sorted(inside, key=lambda entry: (not entry.is_dir(), entry.name.lower()))
        except NotADirectoryError:
            raise InputError(f"{folder.name}: is no folder") from None
        except OSError as error:
            raise InputError(f"{folder.name}: the folder cannot be read ({error.strerror})") from None
        shown = [_entry(entry) for entry in entries if entry.name[0] != "." and _is_offered(entry)]
        up = str(folder.parent) if any(folder.parent.is_relative_to(one) for one in self.folders) else ""
        images = any(entry.suffix.lower() in IMAGE_SUFFIXES and not entry.is_dir() for entry in entries)
        return {"path": str(folder), "up": up, "images": images, "entries": shown[:_MOST_ENTRIES]}

    def upload_of(self, clip: Path) -> Path | None:
        """The folder that holds a clip alone, if it was uploaded."""
        return clip.parent if self.uploads is not None and clip.parent.parent == self.uploads else None


def _is_offered(entry: Path) -> bool:
    return entry.is_dir() or entry.suffix.lower() in (*CLIP_SUFFIXES, *_MAP_SUFFIXES)


def _entry(path: Path) -> dict[str, Any]:
    kind = "folder" if path.is_dir() else "maps" if path.suffix.lower() in _MAP_SUFFIXES else "clip"
    size = None
    try:
        if kind == "folder":
            # only a folder of nothing else is opened at once; into others one can look
            inside = [one.name for one in path.iterdir() if one.name[0] != "."]
            if inside and all(PurePath(name).suffix.lower() in IMAGE_SUFFIXES for name in inside):
                kind = "images"
        else:
            size = path.stat().st_size
    except OSError:
        pass
    return {"name": path.name or str(path), "path": str(path), "kind": kind, "bytes": size}
