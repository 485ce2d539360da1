"""Focus on what lies inside a mask."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from anybokeh.clip.sequences import SUFFIXES
from anybokeh.disparity.files import DisparitySource, Maps, check_aspect
from anybokeh.disparity.images import ImageFolder, open_image_folder
from anybokeh.disparity.pairing import by_number
from anybokeh.errors import InputError
from anybokeh.filters.smoothing import bridge, steady
from anybokeh.focus.extent import covering, extent
from anybokeh.runtime.file_patterns import exists

# Masks of a folder to look at before telling label images from white ones.
_LOOKED_AT = 12
# At about this width the mean is as exact as at full size.
_MEASURED_WIDTH = 512
# Share of the values that is left out at each end before taking the mean.
_TRIMMED = 0.1


class MaskSource(Protocol):
    """One mask a frame, read in any order from any thread. size: (width, height)."""

    @property
    def name(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def size(self) -> tuple[int, int]: ...

    def read(self, index: int) -> np.ndarray:
        """(height, width) bool, True inside."""
        ...


class FileMasks:
    """Masks from a folder of images or a video. order: (frames,) mask of each frame; None for one a frame."""

    def __init__(self, maps: Maps, *, labels: bool, order: np.ndarray | None = None) -> None:
        self.name = maps.name
        self.count = maps.count if order is None else len(order)
        self.size = maps.size
        self.numbers = maps.numbers
        self._maps = maps
        self._labels = labels
        self._order = order

    def read(self, index: int) -> np.ndarray:
        place = index if self._order is None else int(self._order[index])
        return inside(self._maps.read(place), labels=self._labels)

    def in_order(self, order: np.ndarray) -> FileMasks:
        """The same masks seen frame by frame. order: (frames,) mask of each frame."""
        return FileMasks(self._maps, labels=self._labels, order=order)


def paired_masks(masks: FileMasks, numbers: Sequence[int] | None) -> tuple[FileMasks, tuple[str, ...]]:
    """Masks by the numbers of a clip's images, as maps are paired, and remarks for the user.

    numbers: of the images, ascending; None for videos. Raises InputError where an image has no mask.
    """
    if numbers is None or masks.numbers is None:
        return masks, ()
    order, notes = by_number(masks.name, numbers, masks.numbers, "masks")
    return masks.in_order(order), notes


def open_masks(path: str | Path) -> FileMasks:
    """Open a folder of mask images or a mask video; raises InputError.

    White is inside. In a folder whose pictures hold nothing brighter than half of the scale, every value but
    zero is inside: label images and their palettes number the objects from 1.
    """
    maps = open_grey_maps(path)
    if not isinstance(maps, ImageFolder):
        return FileMasks(maps, labels=False)
    looked_at = np.unique(np.linspace(0, maps.count - 1, _LOOKED_AT).astype(int))
    has_white = any(inside(maps.read(int(index))).any() for index in looked_at)
    return FileMasks(maps, labels=not has_white)


def open_grey_maps(path: str | Path) -> Maps:
    """Open a folder of mask images, one image, or a mask video, without a look at them; raises InputError."""
    path = Path(path)
    if not exists(path):
        raise InputError(f"{path}: no such file or folder; expected a folder of masks or a mask video")
    if path.is_dir() or path.suffix.lower() in SUFFIXES:
        return open_image_folder(path)
    from anybokeh.disparity.video import open_map_video

    return open_map_video(path)


def inside(image: np.ndarray, *, labels: bool = False) -> np.ndarray:
    """(height, width) bool: where the brightest channel is above half scale; with `labels`, not zero.

    Pictures with transparency are cut-outs: their alpha is the mask.
    """
    image = _one_channel(image)
    return image > 0 if labels else image > _full_scale(image) / 2


def shades(image: np.ndarray) -> np.ndarray:
    """(height, width) float32 in [0, 1]: the brightest channel, or the alpha of a cut-out, on its scale."""
    image = _one_channel(image)
    return np.clip(image.astype(np.float32) / np.float32(_full_scale(image)), 0, 1)


def _one_channel(image: np.ndarray) -> np.ndarray:
    if image.ndim == 2:
        return image
    alpha = image[..., -1]
    is_cut_out = image.shape[2] in (2, 4) and alpha.min() < _full_scale(alpha)
    return alpha if is_cut_out else image[..., :3].max(axis=2)


def _full_scale(image: np.ndarray) -> float:
    return np.iinfo(image.dtype).max if image.dtype.kind in "ui" else 1.0


def focus_in_mask(disparity: np.ndarray, mask: np.ndarray) -> float:
    """Mean disparity inside the mask without its rim and without the extremes; NaN when the mask is empty.

    disparity: (height, width) float32. mask: bool of any size, brought to the disparity's by nearest pixel.
    """
    return _focus_and_extent(disparity, mask)[0]


def _focus_and_extent(disparity: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    values = values_in_mask(disparity, mask)
    if not values.size:
        return np.nan, np.nan
    values = np.sort(values)
    trimmed = int(len(values) * _TRIMMED)
    middle = float(values[trimmed : len(values) - trimmed].mean())
    return middle, extent(values, middle)


def values_in_mask(disparity: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(n,) disparity inside the mask without its rim, at about 512 pixels across; see `focus_in_mask`."""
    height, width = disparity.shape
    step = max(1, round(width / _MEASURED_WIDTH))
    disparity = disparity[::step, ::step]
    if mask.shape == (height, width):
        mask = mask[::step, ::step]
    weights = np.ascontiguousarray(mask, np.uint8)
    if weights.shape != disparity.shape:
        weights = cv2.resize(weights, disparity.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return disparity[_without_rim(weights) > 0]


def focus_from_masks(
    disparity: DisparitySource,
    masks: MaskSource,
    frames: np.ndarray | None = None,
    times: np.ndarray | None = None,
    *,
    threads: int = 2,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Focus and range at the given frame indices (all by default), each (n,) float32: steady, gaps bridged.

    The third array, (n,) bool, is where a mask has something inside.

    The range is the half-width in disparity that covers the depth of what lies inside. times: (frames,)
    seconds of all frames; 24 a second by default.

    Raises InputError when counts or shapes differ or no mask of these frames has anything inside.
    """
    if masks.count != disparity.count:
        raise InputError(
            f"{masks.name}: holds {masks.count} masks but there are {disparity.count} disparity maps; "
            "expected one mask a frame"
        )
    if disparity.size is not None:
        check_aspect(masks.name, masks.size, disparity.size, "masks", "disparity maps")
    frames = np.arange(masks.count) if frames is None else np.asarray(frames)
    if not frames.size:
        return np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros(0, bool)

    def measure(index: int) -> tuple[float, float]:
        mask = masks.read(index)
        # Reading a map costs more than looking whether it is needed.
        return _focus_and_extent(disparity.read(index), mask) if mask.any() else (np.nan, np.nan)

    with ThreadPoolExecutor(min(threads, os.cpu_count() or 1)) as pool:
        measured = np.array(list(pool.map(measure, frames.tolist())))
    if np.isnan(measured).all():
        raise InputError(f"{masks.name}: all masks are empty; expected white where to focus")
    whole = np.full((frames.max() - frames.min() + 1, 2), np.nan)
    place = frames - frames.min()
    whole[place] = measured
    focus = steady(bridge(whole[:, 0]))
    when = np.arange(masks.count) / 24 if times is None else times
    reach = covering(whole[:, 0], whole[:, 1], focus, when[frames.min() : frames.max() + 1])
    return _unit(focus[place]), _unit(reach[place]), ~np.isnan(measured[:, 0])


def _unit(values: np.ndarray) -> np.ndarray:
    return values.clip(0, 1).astype(np.float32)


def _without_rim(mask: np.ndarray) -> np.ndarray:
    """The mask without its border pixels, where disparity mixes; as it is when too thin to lose them."""
    for size in (5, 3):
        eroded = cv2.erode(mask, np.ones((size, size), np.uint8), borderValue=1)
        # A mask that nearly vanishes is thin: its rim is most of what there is to measure.
        if cv2.countNonZero(eroded) * 4 >= cv2.countNonZero(mask) > 0:
            return eroded
    return mask
