"""A thin lens looking at two complete planes, by tracing every pixel through every part of the aperture.

Independent of the renderer: nothing is layered, filled in or splatted.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

_RAYS = 400


class TwoPlanes(NamedTuple):
    """A cut-out before a background; both pictures are complete.

    Attributes:
        front, back: (height, width, 3) float32, linear.
        cut: (height, width) bool, where the front plane is solid.
    """

    front: np.ndarray
    back: np.ndarray
    cut: np.ndarray

    def seen(self) -> np.ndarray:
        """The picture through a pinhole, (height, width, 3) linear."""
        return np.where(self.cut[..., None], self.front, self.back)


def photograph(planes: TwoPlanes, front_coc: float, back_coc: float) -> tuple[np.ndarray, np.ndarray]:
    """What the lens sees.

    Args:
        planes: the scene.
        front_coc: signed circle of confusion of the front plane in pixels, positive before the focal plane.
        back_coc: that of the background.

    Returns:
        (height, width, 3) linear, and (height, width) the share of light from points that the pinhole picture
        does not show.
    """
    height, width = planes.cut.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = np.zeros((height, width, 3), np.float32)
    unseen = np.zeros((height, width), np.float32)
    cut = planes.cut.astype(np.float32)
    for across, down in _aperture(_RAYS):
        front_at, back_at = ((x + across * coc, y + down * coc) for coc in (front_coc, back_coc))
        solid = _read(cut, front_at)
        light += solid[..., None] * _read(planes.front, front_at)
        light += (1 - solid)[..., None] * _read(planes.back, back_at)
        unseen += (1 - solid) * _read(cut, back_at)
    return light / _RAYS, unseen / _RAYS


def _aperture(rays: int) -> np.ndarray:
    """Points spread evenly over the unit disc, (rays, 2), by the golden angle."""
    index = np.arange(rays)
    angle = index * np.pi * (3 - 5**0.5)
    return (np.sqrt((index + 0.5) / rays)[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)).astype(
        np.float32
    )


def _read(picture: np.ndarray, at: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return cv2.remap(picture, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
