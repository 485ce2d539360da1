"""Folders of maps, one PNG a frame: `00000.png`, `00001.png` and so on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from anybokeh.clip.pixels import to_frames
from anybokeh.errors import InputError


def write_maps(folder: Path, maps: np.ndarray, bits: int) -> None:
    """Write (frames, height, width) or (frames, 3, height, width) in [0, 1] as 8- or 16-bit PNGs."""
    folder.mkdir(parents=True)
    top, kind = (65535, np.uint16) if bits == 16 else (255, np.uint8)
    for index, one in enumerate(maps):
        integers = np.rint(np.clip(one, 0, 1) * np.float32(top)).astype(kind)
        if integers.ndim == 3:
            integers = integers[::-1].transpose(1, 2, 0)
        file = folder / f"{index:05d}.png"
        if not cv2.imwrite(str(file), np.ascontiguousarray(integers), [cv2.IMWRITE_PNG_COMPRESSION, 2]):
            raise InputError(f"{file}: cannot be written; check the folder and the disk")


def read_pictures(folder: Path) -> np.ndarray:
    """RGB pictures as (frames, 3, height, width) float32 in [0, 1].

    Raises:
        InputError: a frame is missing, unreadable, of another size or not RGB.
    """
    return np.stack([to_frames(picture[..., ::-1]) for picture in _read(_files(folder), 3)])


def read_maps(folder: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Grey maps as (frames, height, width) float32 in [0, 1].

    Raises:
        InputError: as `read_pictures`, or the result is not of `shape`.
    """
    maps = _read(_files(folder), 1)
    values = np.stack([one * np.float32(1 / np.iinfo(one.dtype).max) for one in maps])
    return matching(folder, values, shape)


def is_grey(folder: Path) -> bool:
    """Whether the first picture of a folder has one channel; InputError where it cannot be read."""
    picture = cv2.imread(str(_files(folder)[0]), cv2.IMREAD_UNCHANGED)
    return picture is None or picture.ndim == 2


def matching(folder: Path, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The values themselves, if they have the shape of `aif`; InputError if not."""
    if len(values) != shape[0]:
        raise InputError(f"{folder}: has {len(values)} frames where aif has {shape[0]}")
    if values.shape != shape:
        raise InputError(f"{folder}: is {_size(values.shape[-2:])} where aif is {_size(shape[-2:])}")
    return values


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.png"))
    if not files:
        raise InputError(f"{folder}: holds no frames; make the sample again")
    for index, file in enumerate(files):
        if file.stem != f"{index:05d}":
            raise InputError(f"{folder / f'{index:05d}.png'}: is missing; make the sample again")
    return files


def _read(files: Sequence[Path], channels: int) -> list[np.ndarray]:
    pictures = []
    for file in files:
        picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        if picture is None:
            raise InputError(f"{file}: cannot be read; make the sample again")
        found = picture.shape[2] if picture.ndim == 3 else 1
        if found != channels:
            raise InputError(f"{file}: has {found} channels where {channels} were expected")
        if pictures and picture.shape != pictures[0].shape:
            raise InputError(
                f"{file}: is {_size(picture.shape)} where {files[0].name} is {_size(pictures[0].shape)}"
            )
        pictures.append(picture)
    return pictures


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[0]}"
