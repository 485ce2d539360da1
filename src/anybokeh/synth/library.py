"""Folders of cut-outs, video mattes and backgrounds.

```
FOLDER/manifest.json   if `anybokeh synth fetch` made the folder: what each file is, its licence and split
FOLDER/cutouts/**      pictures with transparency
FOLDER/mattes/NAME/    fgr/ and pha/, folders of pictures or videos with equal names, as in VideoMatte240K
FOLDER/backgrounds/**  pictures
```
Without a manifest a fifth of the names, by their hash, is held out for testing.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.light import decode
from anybokeh.synth import shapes
from anybokeh.synth.mattes import MATTE_FRAMES, find_mattes, read_matte
from anybokeh.synth.projection import solid, texture_of
from anybokeh.synth.props import BuiltIn, Prop, Props, trimmed

Split = Literal["train", "test", "all"]
SPLITS: tuple[str, ...] = get_args(Split)
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
MANIFEST = "manifest.json"
HELD_OUT = 0.2
LONGEST_CUTOUT, LONGEST_BACKGROUND = 1024, 1600
_KEPT = 48


@dataclass(frozen=True)
class Entry:
    """One item of a library.

    Attributes:
        path: file, or folder of a video matte.
        name: unique in its library.
        kind: cutout, matte or background.
    """

    path: Path
    name: str
    kind: str


class Library:
    """Props from a folder; what is drawn depends on the seed and the names in it alone.

    Args:
        folder: as described above.
        split: train, test or all.

    Raises:
        InputError: the folder is missing or empty, or holds nothing for this split.
    """

    def __init__(self, folder: str | Path, split: str = "all") -> None:
        self.folder = Path(folder)
        stated = _stated_splits(self.folder)
        entries = [e for e in find_entries(self.folder) if split in ("all", split_of(e, stated))]
        self.cutouts = [entry for entry in entries if entry.kind != "background"]
        self.backgrounds = [entry for entry in entries if entry.kind == "background"]
        for name, found in (("cutouts", self.cutouts), ("backgrounds", self.backgrounds)):
            if not found:
                raise InputError(f"{self.folder / name}: holds no pictures for split {split}; add some")
        self._kept: OrderedDict[str, Prop] = OrderedDict()

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.folder.resolve().name

    def cutout(self, rng: np.random.Generator) -> Prop:
        """A cut-out or video matte."""
        entry = self.cutouts[rng.integers(len(self.cutouts))]
        start = int(rng.integers(1 << 30))
        if entry.kind == "matte":
            return Prop(entry.name, read_matte(entry.path, start, MATTE_FRAMES))
        return self._read(entry)

    def background(self, rng: np.random.Generator) -> Prop:
        """A photograph."""
        return self._read(self.backgrounds[rng.integers(len(self.backgrounds))])

    def surface(self, rng: np.random.Generator) -> np.ndarray:
        """A part of a photograph at some scale."""
        level = self.background(rng).pictures[0].levels[0][..., :3]
        height, width = level.shape[:2]
        side = int(rng.uniform(0.25, 1) * min(height, width))
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        part = level[top : top + side, left : left + side]
        return cv2.resize(part, (shapes.SIDE, shapes.SIDE), interpolation=cv2.INTER_AREA)

    def _read(self, entry: Entry) -> Prop:
        if entry.name in self._kept:
            self._kept.move_to_end(entry.name)
            return self._kept[entry.name]
        read = read_background if entry.kind == "background" else read_cutout
        prop = Prop(entry.name, (texture_of(read(entry.path)),))
        self._kept[entry.name] = prop
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return prop


def open_library(folder: str | Path | None, split: str = "all") -> Props:
    """A library, or props that are made up on the spot if there is no folder."""
    return BuiltIn() if folder is None else Library(folder, split)


def find_entries(folder: Path) -> list[Entry]:
    """All items of a library, in order of their names.

    Raises:
        InputError: there is no such folder, or it is empty.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; give a library of cutouts/ and backgrounds/")
    entries = []
    for kind in ("cutout", "background"):
        for path in sorted((folder / f"{kind}s").rglob("*")):
            if path.suffix.lower() in SUFFIXES:
                entries.append(Entry(path, path.relative_to(folder).as_posix(), kind))
    entries += [Entry(path, path.relative_to(folder).as_posix(), "matte") for path in find_mattes(folder)]
    if not entries:
        raise InputError(f"{folder}: holds no pictures in cutouts/, mattes/ or backgrounds/; add some")
    return sorted(entries, key=lambda entry: entry.name)


def split_of(entry: Entry, stated: dict[str, str]) -> str:
    """train or test, as a manifest states it or by the hash of the name."""
    return stated.get(entry.name) or hashed_split(Path(entry.name).stem)


def hashed_split(name: str) -> str:
    """train, or test for a fifth of all names."""
    value = int.from_bytes(hashlib.sha256(name.lower().encode()).digest()[:4], "big") / 2**32
    return "test" if value < HELD_OUT else "train"


def read_cutout(path: Path) -> np.ndarray:
    """A picture with transparency as linear light times coverage and coverage, (height, width, 4) float32.

    Raises:
        InputError: it cannot be read, or nothing of it is transparent, or all of it.
    """
    picture = read_picture(path)
    if picture.shape[2] != 4:
        raise InputError(f"{path}: has no transparency; save the cut-out as RGBA PNG")
    coverage = picture[..., 3:]
    if coverage.max() < 0.5 or coverage.min() > 0.99:
        raise InputError(f"{path}: is {'empty' if coverage.max() < 0.5 else 'solid'}; a cut-out has both")
    light = decode(picture[..., :3], "srgb").astype(np.float32)
    cut = np.concatenate([light * coverage, coverage], -1)
    return trimmed(_scaled(cut, LONGEST_CUTOUT))


def read_background(path: Path) -> np.ndarray:
    """A photograph as linear light with coverage 1, (height, width, 4) float32; InputError if unreadable."""
    light = decode(read_picture(path)[..., :3], "srgb").astype(np.float32)
    return solid(_scaled(light, LONGEST_BACKGROUND))


def read_picture(path: Path) -> np.ndarray:
    """RGB or RGBA code values in [0, 1], (height, width, 3 or 4) float32; InputError if unreadable."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{path}: is not a readable picture of 8 or 16 bits; remove or replace it")
    values = picture.astype(np.float32) / np.iinfo(picture.dtype).max
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, -1)
    if values.shape[2] == 2:
        values = values[..., [0, 0, 0, 1]]
    return np.ascontiguousarray(values[..., [2, 1, 0, 3][: values.shape[2]]])


def _scaled(picture: np.ndarray, longest: int) -> np.ndarray:
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _stated_splits(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        items = json.loads(path.read_text())["items"]
        return {item["file"]: item["split"] for item in items}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); fetch the library again") from None
