"""The shift of each band as a whole between two frames, found by trying.

Optical flow fails where a surface is seen through gaps: it follows what is in front.
"""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.hidden.bands import BANDS, bands_of, membership
from anybokeh.hidden.views import View
from anybokeh.runtime.jit import kernel

_SHRINK = 4
"""Pixels of a small view to one of those that are compared."""
_DOWN, _ACROSS = 4, 8
"""Pixels, shrunk, that a band may move."""
_MOST = 40.0
"""Difference in 8-bit levels that counts no less than any larger one."""
_SEEN = 0.3
"""Share of a band that has to be seen in both frames."""
_UNWILLING = 0.004
"""What a shift of one pixel costs, so that without texture nothing moves."""


def shifts(earlier: View, later: View) -> np.ndarray:
    """(bands, 2) float32: columns and rows of a small view by which each band moves, to a few pixels."""
    one, other = _shrunk(earlier), _shrunk(later)
    costs = np.zeros((2 * _DOWN + 1, 2 * _ACROSS + 1, BANDS, 2), np.float32)
    _try(*one, *other, costs)
    total, weight = costs[..., 0], costs[..., 1]
    whole = np.maximum(weight.max((0, 1)), 1e-6)
    down, across = np.indices(total.shape[:2])
    length = np.hypot(down - _DOWN, across - _ACROSS)[..., None]
    score = total / np.maximum(weight, 1e-6) + _UNWILLING * length
    score[weight < _SEEN * whole] = np.inf
    best = score.reshape(-1, BANDS).argmin(0)
    found = np.stack([best % (2 * _ACROSS + 1) - _ACROSS, best // (2 * _ACROSS + 1) - _DOWN], axis=1)
    return (found * _SHRINK).astype(np.float32)


def _shrunk(view: View) -> tuple[np.ndarray, np.ndarray]:
    height, width = view.disparity.shape
    size = max(width // _SHRINK, 1), max(height // _SHRINK, 1)
    return (
        cv2.resize(view.picture, size, interpolation=cv2.INTER_AREA),
        cv2.resize(view.disparity, size, interpolation=cv2.INTER_NEAREST),
    )


@kernel(error_model="numpy", fastmath={"contract", "nsz"})
def _try(
    picture: np.ndarray,
    disparity: np.ndarray,
    other: np.ndarray,
    other_disparity: np.ndarray,
    costs: np.ndarray,
) -> None:
    height, width = disparity.shape
    for y in range(height):
        for x in range(width):
            first, last = bands_of(disparity[y, x])
            for i in range(costs.shape[0]):
                v = y + i - _DOWN
                if v < 0 or v >= height:
                    continue
                for j in range(costs.shape[1]):
                    u = x + j - _ACROSS
                    if u < 0 or u >= width:
                        continue
                    there = other_disparity[v, u]
                    off = 0.0
                    for c in range(3):
                        off = max(off, abs(other[v, u, c] - picture[y, x, c]))
                    off = min(off / _MOST, 1.0)
                    for band in range(first, last + 1):
                        weight = membership(disparity[y, x], band)
                        if there < disparity[y, x] - 1.0 / BANDS:
                            # nothing is there that could cover it
                            costs[i, j, band, 0] += weight
                            costs[i, j, band, 1] += weight
                        elif membership(there, band) > 0:
                            costs[i, j, band, 0] += weight * off
                            costs[i, j, band, 1] += weight
