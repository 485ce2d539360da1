"""Masks of a whole clip: where the rule for highlights acts, and what stays as it came."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.disparity.files import Maps, check_aspect
from anybokeh.disparity.pairing import by_number
from anybokeh.errors import InputError
from anybokeh.focus.mask import open_grey_maps, shades
from anybokeh.settings import RenderSettings


class FrameMasks:
    """One mask for each frame of a clip, or one for all.

    maps: of the masks. order: (frames,) mask of each frame. size: (width, height) of the frames.
    """

    def __init__(self, maps: Maps, order: np.ndarray, size: tuple[int, int]) -> None:
        self._maps = maps
        self._order = order
        self._size = size
        self._still = self._read(int(order[0])) if len(np.unique(order)) == 1 else None

    def read(self, index: int) -> np.ndarray:
        """(height, width) float32 in [0, 1] for a frame of the source, of the frame's size."""
        if self._still is not None:
            return self._still
        return self._read(int(self._order[min(index, len(self._order) - 1)]))

    def at(self, size: tuple[int, int]) -> FrameMasks:
        """The same masks for frames of another (width, height)."""
        return FrameMasks(self._maps, self._order, size)

    def _read(self, place: int) -> np.ndarray:
        mask = shades(self._maps.read(place))
        if mask.shape[::-1] == self._size:
            return mask
        smaller = self._size[0] < mask.shape[1]
        return cv2.resize(mask, self._size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def open_highlight_masks(
    settings: RenderSettings, info: ClipInfo, frames: int
) -> tuple[FrameMasks | None, tuple[str, ...]]:
    """The masks of highlights of a clip of so many frames, None where none are given, and remarks.

    Raises:
        InputError: as `open_frame_masks`, or no strength of highlights is given with them.
    """
    if settings.highlight_mask is None:
        return None, ()
    if settings.lens.highlight_strength == 0:
        raise InputError(
            f"highlight mask is {settings.highlight_mask}: expected --highlights STRENGTH as well, which it "
            "says where to apply"
        )
    return open_frame_masks(settings.highlight_mask, info, frames)


def open_protection_masks(
    settings: RenderSettings, info: ClipInfo, frames: int
) -> tuple[FrameMasks | None, tuple[str, ...]]:
    """The masks of what stays as it came, in the same way."""
    if settings.protect in ("auto", "off"):
        return None, ()
    return open_frame_masks(settings.protect, info, frames)


def open_frame_masks(path: str | Path, info: ClipInfo, frames: int) -> tuple[FrameMasks, tuple[str, ...]]:
    """Masks from a picture, a folder of pictures or a video, and remarks for the user.

    Raises:
        InputError: there is no such thing, it has another shape, or holds another number of masks.
    """
    maps = open_grey_maps(path)
    size = info.width, info.height
    check_aspect(maps.name, maps.size, size, "masks")
    if maps.count == 1:
        return FrameMasks(maps, np.zeros(frames, int), size), ()
    if info.numbers is not None and maps.numbers is not None:
        order, notes = by_number(maps.name, info.numbers, maps.numbers, "masks")
        return FrameMasks(maps, order, size), notes
    if maps.count != frames:
        raise InputError(
            f"{maps.name}: holds {maps.count} masks but the clip has {frames} frames; expected one mask a "
            "frame, or one picture for all"
        )
    return FrameMasks(maps, np.arange(frames), size), ()
