"""Batches of images as a clip on the disk, and back.

The clip goes the way of every other clip, so that it is rendered as the command line renders it, with any
option, and with memory that does not grow with its length beyond the images that ComfyUI holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.clip import images as image_files
from anybokeh.errors import InputError
from anybokeh.integrations.comfyui.host import stop_if_cancelled
from anybokeh.integrations.comfyui.tensors import array_of, as_images, as_maps, empty, pixels_of


def write_clip(images: Any, folder: Path) -> Path:
    """Write an IMAGE as a folder of PNGs; raises InputError."""
    clip = folder / "clip"
    clip.mkdir()
    for index, pixels in enumerate(pixels_of(as_images(images))):
        stop_if_cancelled()
        alpha = pixels[..., 3] if pixels.shape[2] == 4 else None
        image_files.save(clip / f"{index:06d}.png", np.ascontiguousarray(pixels[..., :3]), alpha)
    return clip


def read_clip(folder: Path, like: Any) -> Any:
    """The images of a folder as an IMAGE of the shape of another one."""
    files = sorted(folder.iterdir())
    frames, height, width, channels = like.shape
    result = empty(frames, height, width, channels)
    for place, file in zip(result, files, strict=True):
        pixels, alpha = image_files.load(file)
        whole = pixels if channels == 3 or alpha is None else np.dstack([pixels, alpha])
        scaled = whole.astype(np.float32) / np.float32(np.iinfo(whole.dtype).max)
        if channels == 4 and whole.shape[2] == 3:
            place[..., 3] = 1
        place[..., : scaled.shape[2]] = _like(place, scaled)
    return result


def write_maps(image: Any, mask: Any, images: Any, folder: Path, name: str = "disparity") -> Path | None:
    """Write maps, given as an IMAGE or as a MASK, as an array of floats; None where there are none.

    Raises:
        InputError: both are given, or there is not one map for each of the images, or one for all.
    """
    if image is not None and mask is not None:
        raise InputError(f"{name} and {name}_mask are both connected: keep one of them")
    given = mask if image is None else image
    if given is None:
        return None
    maps, places = _one_for_each(given, images, name)
    path = folder / f"{name}.npy"
    stored = np.lib.format.open_memmap(path, "w+", np.float32, (len(places), *maps.shape[1:]))
    for index, place in enumerate(places):
        stored[index] = array_of(maps[place])
    stored.flush()
    return path


def write_mask(mask: Any, images: Any, folder: Path, name: str) -> Path | None:
    """Write a MASK as a folder of grey PNGs, or one where it has one frame; None where there is none."""
    if mask is None:
        return None
    maps, places = _one_for_each(mask, images, name)
    target = folder / name
    target.mkdir()
    for index, place in enumerate(places):
        shade = np.clip(array_of(maps[place]), 0, 1)
        codes = (shade * np.float32(255) + np.float32(0.5)).astype(np.uint8)
        image_files.save(target / f"{index:06d}.png", np.repeat(codes[..., None], 3, axis=2), None)
    return target


def _one_for_each(given: Any, images: Any, name: str) -> tuple[Any, list[int]]:
    """Maps, and the place among them of each image's; raises InputError."""
    maps = as_maps(given, name)
    count = len(as_images(images))
    if len(maps) not in (1, count):
        raise InputError(
            f"{name} has {len(maps)} frames: expected {count}, one for each of the images, or one"
        )
    return maps, [index if len(maps) > 1 else 0 for index in range(count)]


def fill(place: Any, values: np.ndarray) -> None:
    """Copy an array into a part of a tensor."""
    place[...] = _like(place, values)


def _like(place: Any, values: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(values)).to(place.dtype)
