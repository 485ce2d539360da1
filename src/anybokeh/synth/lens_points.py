"""Where on the lens the rays of a picture pass."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from anybokeh.errors import InputError
from anybokeh.optics.aperture import MASK_SIZE, draw_aperture
from anybokeh.optics.lens import Lens

_TURN = np.arctan((np.sqrt(5) - 1) / 2)
"""Turn of the lattice: at the golden ratio no two of its points share a row or column."""
LEAST, MOST = 128, 16384
PER_PIXEL = 1.0
"""Rays for each pixel of the largest disc."""


@lru_cache(maxsize=32)
def lens_points(lens: Lens, count: int) -> np.ndarray:
    """A square lattice, turned, weighted by the share of its cells that is open.

    Args:
        lens: outline and transmission of the aperture, without a cat's eye.
        count: about how many points lie inside.

    Returns:
        (points, 3) float64: x and y in units of the radius of the circle of confusion, seen from behind the
        lens with y down; weight, in sum 1. Ordered by y.

    Raises:
        InputError: the lens has a cat's eye, so that its aperture differs from place to place.
    """
    if lens.cats_eye:
        raise InputError(
            f"cat's eye is {lens.cats_eye:g}: the exact renderer has one aperture for all; use 0"
        )
    aperture = draw_aperture(lens)
    step = np.sqrt(np.pi / count)
    half = int(np.ceil(np.hypot(*aperture.stretch) / step)) + 1
    i, j = (axis.ravel() + 0.5 for axis in np.mgrid[-half:half, -half:half])
    x = step * (np.cos(_TURN) * i - np.sin(_TURN) * j)
    y = step * (np.sin(_TURN) * i + np.cos(_TURN) * j)
    weight = _share_of_light(aperture.table, aperture.stretch, x, y, step)
    chosen = weight > 1e-4 * weight.max()
    points = np.stack([x, y, weight], 1)[chosen]
    points[:, 2] /= points[:, 2].sum()
    points = points[np.lexsort((points[:, 0], points[:, 1]))]
    points.flags.writeable = False  # kept for the next frame
    return points


def points_for_radius(radius: float) -> int:
    """How many points a blur with this largest radius in pixels needs."""
    return int(np.clip(PER_PIXEL * np.pi * radius**2, LEAST, MOST))


def _share_of_light(
    table: np.ndarray, stretch: tuple[float, float], x: np.ndarray, y: np.ndarray, side: float
) -> np.ndarray:
    """Light through upright squares of `side` around the points, from the aperture's summed-area table."""

    def place(values: np.ndarray, extent: float) -> np.ndarray:
        return np.clip((values / extent + 1) / 2, 0, 1) * MASK_SIZE

    left, right = (place(x + sign * side / 2, stretch[0]) for sign in (-1, 1))
    top, bottom = (place(y + sign * side / 2, stretch[1]) for sign in (-1, 1))
    return (
        _look_up(table, bottom, right)
        - _look_up(table, top, right)
        - _look_up(table, bottom, left)
        + _look_up(table, top, left)
    )


def _look_up(table: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    i = np.minimum(row.astype(int), MASK_SIZE - 1)
    j = np.minimum(column.astype(int), MASK_SIZE - 1)
    v, u = row - i, column - j
    upper = table[i, j] * (1 - u) + table[i, j + 1] * u
    lower = table[i + 1, j] * (1 - u) + table[i + 1, j + 1] * u
    return upper * (1 - v) + lower * v
