"""What of a clip's frames stays as it came: bars around the picture, and what a mask tells.

Bars are cut off before anything is analysed or rendered, so that the picture is rendered as if they were not
there. Titles and logos are filled in from around them, so that nothing of them smears, and laid over the
result again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from anybokeh.clip.info import Frame
from anybokeh.filters.push_pull import push_pull
from anybokeh.finish.bars import Inside

_RIM = 3
"""Pixels around a mask in which titles may have left something."""


class Masks(Protocol):
    """One mask a frame, read in any order."""

    def read(self, index: int) -> np.ndarray:
        """(height, width) float32 in [0, 1], 1 stays as it came."""
        ...


@dataclass(frozen=True, eq=False)
class Protection:
    """What stays as it came.

    Attributes:
        inside: the part that is rendered, None for all of it.
        masks: of the whole frames, None for none.
    """

    inside: Inside | None = None
    masks: Masks | None = None

    def __bool__(self) -> bool:
        return self.inside is not None or self.masks is not None

    def rendered_part(self, frame: Frame) -> Frame:
        """What of a frame is rendered."""
        if not self:
            return frame
        filled = frame.pixels
        rim = self._rim(frame.index)
        if rim is not None and rim.any():
            filled = _filled(filled, rim)
        alpha = None if frame.alpha is None else self.cut(frame.alpha)
        return replace(frame, pixels=self.cut(filled), alpha=alpha)

    def disparity(self, disparity: np.ndarray, index: int) -> np.ndarray:
        """The same of the disparity of a frame, (height, width) float32."""
        rim = self._rim(index)
        if rim is not None and rim.any():
            disparity = push_pull(disparity, 1 - rim)
        return self.cut(disparity)

    def restored(self, whole: Frame, rendered: Frame) -> Frame:
        """A frame with its rendered part: what stays as it came is taken from the whole one."""
        pixels, alpha = whole.pixels.copy(), None if whole.alpha is None else whole.alpha.copy()
        where = (slice(None), slice(None)) if self.inside is None else self.inside.slices
        mask = None if self.masks is None else self.masks.read(whole.index)[where]
        pixels[where] = _over(pixels[where], mask, rendered.pixels)
        if alpha is not None and rendered.alpha is not None:
            alpha[where] = _over(alpha[where], mask, rendered.alpha)
        return replace(rendered, pixels=pixels, alpha=alpha)

    def cut(self, field: np.ndarray) -> np.ndarray:
        """The inside of an array (height, width, ...)."""
        return field if self.inside is None else np.ascontiguousarray(field[self.inside.slices])

    def _rim(self, index: int) -> np.ndarray | None:
        """(height, width) float32 in [0, 1]: what is filled in."""
        if self.masks is None:
            return None
        size = 2 * _RIM + 1
        return cv2.dilate((self.masks.read(index) > 0).astype(np.float32), np.ones((size, size), np.uint8))


def _filled(pixels: np.ndarray, rim: np.ndarray) -> np.ndarray:
    filled = push_pull(pixels.astype(np.float32), 1 - rim)
    values = filled if pixels.dtype.kind == "f" else np.rint(filled).astype(pixels.dtype)
    return np.where(rim[..., None] > 0, values, pixels)


def _over(above: np.ndarray, mask: np.ndarray | None, below: np.ndarray) -> np.ndarray:
    """Values above where the mask is 1, those below where it is 0, mixtures between."""
    if mask is None:
        return below
    share = mask if above.ndim == 2 else mask[..., None]
    mixed = share * above + (1 - share) * below.astype(np.float32)
    mixed = mixed if above.dtype.kind == "f" else np.rint(mixed)
    # what is wholly above or below keeps its bits
    return np.where(share >= 1, above, np.where(share <= 0, below, mixed.astype(above.dtype)))
