"""Blue noise: thresholds for rounding whose errors lie at frequencies that an eye hardly sees.

Method: void and cluster (Ulichney, 1993).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from anybokeh.runtime.jit import kernel

SIZE = 64
"""Rows and columns; it repeats beyond."""
_REACH = 1.5
"""Deviation of the Gaussian by which points crowd each other, in pixels."""
_FIRST = 10
"""One pixel in so many is set at the beginning."""


@cache
def thresholds() -> np.ndarray:
    """(SIZE, SIZE) float32, every one of (0.5 ... SIZE² - 0.5) / SIZE² once."""
    return ((ranks(*_beginning()) + 0.5) / SIZE**2).astype(np.float32)


def _beginning() -> tuple[np.ndarray, np.ndarray]:
    """How much points crowd each other, (SIZE, SIZE) by their distance, and the pixels that are set first."""
    offset = np.minimum(np.arange(SIZE), SIZE - np.arange(SIZE))
    near = np.exp(-(offset[:, None] ** 2 + offset**2) / (2 * _REACH**2))
    return near, np.random.default_rng(0).permutation(SIZE**2)[: SIZE**2 // _FIRST]


@kernel()
def ranks(near: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Order in which pixels are set, each in the largest void of those before it.

    Args:
        near: (size, size) float64, how much a point crowds those so many rows and columns after it, less the
            farther they are.
        start: numbers of the pixels that are set first.
    """
    size = len(near)
    is_set = np.zeros((size, size), np.bool_)
    crowded = np.zeros((size, size))
    for place in start:
        is_set[place // size, place % size] = True
        _change(crowded, near, place // size, place % size, 1.0)
    while True:  # points move from clusters into voids until they lie evenly
        y, x = _extreme(crowded, is_set, True)
        is_set[y, x] = False
        _change(crowded, near, y, x, -1.0)
        v, u = _extreme(crowded, is_set, False)
        is_set[v, u] = True
        _change(crowded, near, v, u, 1.0)
        if v == y and u == x:
            break
    order = np.zeros((size, size))
    kept, kept_crowded = is_set.copy(), crowded.copy()
    for rank in range(len(start) - 1, -1, -1):
        y, x = _extreme(crowded, is_set, True)
        is_set[y, x] = False
        _change(crowded, near, y, x, -1.0)
        order[y, x] = rank
    is_set, crowded = kept, kept_crowded
    for rank in range(len(start), size * size):
        y, x = _extreme(crowded, is_set, False)
        is_set[y, x] = True
        _change(crowded, near, y, x, 1.0)
        order[y, x] = rank
    return order


@kernel()
def _extreme(crowded: np.ndarray, is_set: np.ndarray, of_set: bool) -> tuple[int, int]:
    """The most crowded pixel of those that are set, or the least crowded of the others."""
    best, y, x = -np.inf, 0, 0
    for v in range(len(crowded)):
        for u in range(len(crowded)):
            value = crowded[v, u] if of_set else -crowded[v, u]
            if is_set[v, u] == of_set and value > best:
                best, y, x = value, v, u
    return y, x


@kernel()
def _change(crowded: np.ndarray, near: np.ndarray, y: int, x: int, by: float) -> None:
    size = len(crowded)
    for v in range(size):
        row = v - y if v >= y else v - y + size
        # two loops instead of a remainder for each pixel
        for u in range(x):
            crowded[v, u] += by * near[row, u - x + size]
        for u in range(x, size):
            crowded[v, u] += by * near[row, u - x]
