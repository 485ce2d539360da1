"""How a subject stands in the picture: where it touches the ground, and how far up the ground reaches."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_FOOT = 0.98
"""Share of the subject's pixels that lie above its contact row."""
_STRIP = 0.07
"""Height of the strip at the lower edge that shows what the ground looks like, as a share."""
_BINS = 16
_AS_BEFORE = 0.35
"""Share of a row that must look like the ground for the row to belong to it."""


@dataclass(frozen=True)
class Stance:
    """Rows as shares of the height from the top; NaN where nothing tells.

    Attributes:
        contact: where the subject touches the ground; above 1 where the picture's lower edge cuts it off.
        far: where the ground ends.
    """

    contact: float
    far: float


def stance(picture: np.ndarray, share: np.ndarray) -> Stance:
    """Measure one frame: picture (height, width, 3) uint8 RGB, share (height, width) of the subject."""
    return Stance(_contact(share), _far(picture, share))


def _contact(share: np.ndarray) -> float:
    height, width = share.shape
    rows = (share > 0.5).sum(axis=1).astype(np.float64)
    if not rows.any():
        return np.nan
    lowest = rows[-max(1, round(0.02 * height)) :].mean()
    if lowest > 0.25 * rows.max() and lowest > 0.03 * width:
        # as much again as a seventh of what shows is taken to be hidden below the edge
        top = float(np.flatnonzero(rows)[0]) / height
        return 1 + (1 - top) / 7
    below = np.cumsum(rows) / rows.sum()
    return float(np.searchsorted(below, _FOOT) + 1) / height


def _far(picture: np.ndarray, share: np.ndarray) -> float:
    height = len(picture)
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.5), cv2.COLOR_RGB2LAB).astype(np.int32)
    # lightness varies more over the ground than hue does
    index = ((lab[..., 0] * _BINS // 512) * _BINS * 2 + lab[..., 1] * _BINS * 2 // 256) * _BINS * 2
    index += lab[..., 2] * _BINS * 2 // 256
    free = share < 0.3
    strip = np.zeros_like(free)
    strip[-max(1, round(_STRIP * height)) :] = True
    strip &= free
    if strip.sum() < 0.01 * share.size:
        return np.nan
    size = int(index.max()) + 1
    of_ground = np.bincount(index[strip], minlength=size) / strip.sum()
    of_all = np.bincount(index[free], minlength=size) / max(free.sum(), 1)
    alike = (of_ground > 0.5 * of_all)[index] & (of_ground > 0.002)[index]
    columns = free.sum(axis=1)
    looks = np.where(columns > 0, (alike & free).sum(axis=1) / np.maximum(columns, 1), 1.0)
    looks = cv2.blur(looks[:, None].astype(np.float32), (1, 5))[:, 0]
    others = np.flatnonzero(looks < _AS_BEFORE)
    far = (int(others[-1]) + 1) / height if others.size else 0.0
    # a strip unlike anything above it is no ground, and one that reaches the top is a plain background
    return far if 0.25 < far < 0.97 else np.nan
