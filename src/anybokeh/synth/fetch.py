"""A small library of free pictures, gathered from packages of the system and of Python."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cv2
import numpy as np

from anybokeh.clip.outputs import put_in_place, remove
from anybokeh.errors import InputError
from anybokeh.synth.debian import copyright_of, installed_root, unpack
from anybokeh.synth.library import MANIFEST, hashed_split

WIDEST = 2048
NARROWEST = 640
LEAST_SIDE, LEAST_AREA = 120, 8000
LEAST_COLOURS = 0.008
"""Different colours for each covered pixel; drawings have fewer than photographs."""
_DRAWN = ("cartoon", "symbols", "clothes", "town", "seasonal", "final-roll-call")
_LOGOS = ("MATE-", "Ubuntu-Mate", "Float-into-MATE", "Arc-Colors", "GreenTraditional", "Stripes")

RESERVED = frozenset(
    (
        *("crowned_crane", "helmeted_guineafowl", "pink_flamingo", "otter", "tiger_sumatran", "lion-2"),
        *("gnu-baby-stand", "european-bear", "thyme", "eggplant", "birch", "holm_oak", "tree336"),
        *("aitzgorri", "life", "picosdeeuropa", "eveningglow", "path", "onestandsout", "blinds", "raindrops"),
        *("astronaut", "grass", "gravel", "rocket"),
    )
)
"""Pictures of the benchmark, the tests and the demo clip: never for training."""


@dataclass(frozen=True)
class Source:
    """A package and where its pictures are.

    Attributes:
        package: its name.
        kind: cutout or background.
        folder: of the pictures, in the package.
        python: whether it is a Python package rather than one of Debian.
    """

    package: str
    kind: str
    folder: str
    python: bool = False


SOURCES = (
    Source("tuxpaint-stamps-default", "cutout", "usr/share/tuxpaint/stamps"),
    Source("plasma-workspace-wallpapers", "background", "usr/share/wallpapers"),
    Source("mate-backgrounds", "background", "usr/share/backgrounds/mate"),
    Source("gnome-backgrounds", "background", "usr/share/backgrounds/gnome"),
    Source("lomiri-wallpapers-16.04", "background", "usr/share/backgrounds"),
    Source("lomiri-wallpapers-20.04", "background", "usr/share/backgrounds"),
    Source("scikit-image", "background", "skimage/data", python=True),
    Source("scikit-learn", "background", "sklearn/datasets/images", python=True),
)


@dataclass(frozen=True)
class Item:
    """One picture of the library as the manifest lists it.

    Attributes:
        file: path in the library.
        name: of the picture.
        kind: cutout or background.
        package, version: where it comes from.
        licence: as its package states it.
        stated: where the package states it.
        split: train or test.
    """

    file: str
    name: str
    kind: str
    package: str
    version: str
    licence: str
    stated: str
    split: str


@dataclass(frozen=True)
class FetchReport:
    """How much was gathered, and what could not be."""

    cutouts: int
    backgrounds: int
    notes: tuple[str, ...]


def fetch_library(
    folder: Path,
    *,
    sources: tuple[Source, ...] = SOURCES,
    progress: Callable[[int, int | None], None] | None = None,
) -> FetchReport:
    """Gather a library in a new folder, whole or not at all.

    Installed packages are used as they are; others are downloaded and unpacked without installing them, which
    needs no rights. What cannot be had is left out with a note.

    Args:
        folder: where; must not exist or be empty.
        sources: from where.
        progress: called with the packages done and the packages in all.

    Raises:
        InputError: the folder is not empty, or no package could be had.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: exists already and is not empty; give a new folder")
    if not folder.absolute().parent.is_dir():
        raise InputError(f"{folder}: the folder {folder.parent} does not exist; create it first")
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.absolute().parent))
    items: list[Item] = []
    notes: list[str] = []
    try:
        for index, source in enumerate(sources):
            try:
                items += _gather(source, temporary)
            except (InputError, OSError, subprocess.CalledProcessError) as error:
                notes.append(f"{source.package} was left out: {_reason(error)}")
            if progress:
                progress(index + 1, len(sources))
        if not items:
            raise InputError(f"{folder}: none of the packages could be had: {notes[0] if notes else 'none'}")
        listed = [asdict(item) for item in sorted(items, key=lambda item: item.file)]
        (temporary / MANIFEST).write_text(json.dumps({"version": 1, "items": listed}, indent=1) + "\n")
        put_in_place(temporary, folder)
    except BaseException:
        remove(temporary)
        raise
    kinds = [item.kind for item in items]
    return FetchReport(kinds.count("cutout"), kinds.count("background"), tuple(notes))


def is_reserved(name: str) -> bool:
    """Whether a picture of this name is kept for tests."""
    return name.split("_by_")[0].lower() in RESERVED


def _reason(error: Exception) -> str:
    text = getattr(error, "stderr", None) or str(error)
    return str(text).strip().splitlines()[-1] if str(text).strip() else type(error).__name__


def _gather(source: Source, library: Path) -> list[Item]:
    if source.python:
        return _copy(source, _python_folder(source), library, *_python_facts(source))
    root = installed_root(source.package)
    if root is not None:
        return _gather_debian(source, root, library)
    with tempfile.TemporaryDirectory() as unpacked:
        unpack(source.package, Path(unpacked))
        return _gather_debian(source, Path(unpacked), library)


def _gather_debian(source: Source, root: Path, library: Path) -> list[Item]:
    facts = copyright_of(source.package, root)
    return _copy(source, root / source.folder, library, facts.version, facts.stated, facts.licence)


def _python_folder(source: Source) -> Path:
    top, _, rest = source.folder.partition("/")
    found = importlib.util.find_spec(top)
    if found is None or found.origin is None:
        raise InputError(f"it is not installed; pip install {source.package}")
    return Path(found.origin).parent / rest


def _python_facts(source: Source) -> tuple[str, str, Callable[[str], str]]:
    try:
        number = version(source.package)
    except PackageNotFoundError:
        number = ""
    return number, f"{source.package} {number}, sample data", lambda name: _PYTHON_LICENCES.get(name, "")


_PYTHON_LICENCES = {
    "astronaut.png": "public domain (NASA)",
    "rocket.jpg": "public domain (SpaceX)",
    "grass.png": "CC0",
    "gravel.png": "CC0",
    "brick.png": "CC0",
    "chelsea.png": "CC0",
    "coffee.png": "CC0",
    "hubble_deep_field.jpg": "public domain (NASA)",
    "china.jpg": "CC-BY-2.0",
    "flower.jpg": "CC-BY-2.0",
}
"""Photographs among the sample data whose licence their packages state; others are left alone."""


def _copy(
    source: Source, folder: Path, library: Path, number: str, stated: str, licence: Callable[[str], str]
) -> list[Item]:
    read = _usable_cutout if source.kind == "cutout" else _usable_background
    items = []
    for path, name in _pictures(source, folder):
        terms = licence(path.relative_to(folder).as_posix())
        picture = read(path, name) if terms else None
        if picture is None:
            continue
        suffix = ".png" if source.kind == "cutout" else ".jpg"
        file = Path(f"{source.kind}s", source.package, name + suffix)
        target = library / file
        target.parent.mkdir(parents=True, exist_ok=True)
        quality = [cv2.IMWRITE_JPEG_QUALITY, 95] if suffix == ".jpg" else []
        if not cv2.imwrite(str(target), picture, quality):
            raise OSError(f"cannot write {target}")
        split = "test" if is_reserved(name) else hashed_split(name)
        items.append(Item(file.as_posix(), name, source.kind, source.package, number, terms, stated, split))
    return items


def _pictures(source: Source, folder: Path) -> Iterator[tuple[Path, str]]:
    """Files and the names of what they show, the largest file of each name."""
    if not folder.is_dir():
        raise InputError(f"{source.package} has no folder {source.folder}")
    best: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp") or "_dark" in path.as_posix():
            continue
        if path.stem.startswith(("screenshot", "preview", *_LOGOS)):
            continue
        # KDE keeps the name in the folder: NAME/contents/images/2560x1600.jpg
        name = path.parents[2].name if path.parent.name == "images" else path.stem
        if name not in best or path.stat().st_size > best[name].stat().st_size:
            best[name] = path
    for name, path in sorted(best.items()):
        yield path, name


def _usable_cutout(path: Path, name: str) -> np.ndarray | None:
    """A photographic cut-out of some size, BGRA, or None."""
    picture = _quiet_read(path)
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4 or picture.dtype != np.uint8:
        return None
    covered = picture[..., 3] > 128
    if min(picture.shape[:2]) < LEAST_SIDE or covered.sum() < LEAST_AREA or covered.mean() > 0.97:
        return None
    if not is_reserved(name):
        if any(part in path.as_posix() for part in _DRAWN):
            return None
        colours = len(np.unique(picture[covered][:, :3] >> 2, axis=0))
        if colours < LEAST_COLOURS * covered.sum():
            return None
    return picture


def _usable_background(path: Path, name: str) -> np.ndarray | None:
    """A picture in landscape format of some size, at most WIDEST wide, BGR, or None."""
    picture = _quiet_read(path)
    if picture is None:
        return None
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, -1)
    height, width = picture.shape[:2]
    least = NARROWEST if not is_reserved(name) else 256
    if width < min(least, 400) or width < 0.95 * height or picture.dtype != np.uint8:
        return None
    picture = picture[..., :3]
    if width > WIDEST:
        size = WIDEST, round(height * WIDEST / width)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture)


def _quiet_read(path: Path) -> np.ndarray | None:
    """Read a picture; what its decoder says about odd headers is kept from the terminal."""
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), 2)
            return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
