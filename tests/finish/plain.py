"""Plain twins of the kernels that finish frames."""

from __future__ import annotations

import numpy as np

from anybokeh.finish.lost_grain import CELL


def detail_sums(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """As `_sum_detail`: (rows of cells, columns of cells, 5)."""
    height, width = before.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    values = np.zeros((rows * CELL, columns * CELL, 5))
    inner = np.s_[2 : height - 2, 2 : width - 2]
    fine, fine_after, coarse, coarse_after = (
        _detail(picture.astype(float), step) for step in (1, 2) for picture in (before, after)
    )
    for number, product in enumerate((fine**2, fine * fine_after, coarse**2, coarse * coarse_after)):
        values[inner][..., number] = product[2:-2, 2:-2] if min(height, width) > 4 else 0
    values[:height, :width, 4] = after
    return values.reshape(rows, CELL, columns, CELL, 5).sum((1, 3))


def _detail(picture: np.ndarray, step: int) -> np.ndarray:
    around = sum(np.roll(picture, step * way, axis) for way in (-1, 1) for axis in (0, 1))
    return picture - around / 4


def ranks(near: np.ndarray, start: np.ndarray) -> np.ndarray:
    """See `blue_noise.ranks`."""
    size = len(near)
    is_set, crowded = np.zeros((size, size), bool), np.zeros((size, size))

    def change(place: int, to: bool) -> None:
        nonlocal crowded
        is_set.flat[place] = to
        crowded = crowded + np.roll(near, divmod(place, size), (0, 1)) * (1 if to else -1)

    def cluster() -> int:
        return int(np.where(is_set, crowded, -np.inf).argmax())

    def void() -> int:
        return int(np.where(is_set, -np.inf, -crowded).argmax())

    for place in start:
        change(int(place), True)
    moved, to = -1, 0
    while moved != to:
        moved = cluster()
        change(moved, False)
        to = void()
        change(to, True)
    order = np.zeros(size * size)
    kept = is_set.copy(), crowded.copy()
    for rank in reversed(range(len(start))):
        order[place := cluster()] = rank
        change(place, False)
    is_set[:], crowded = kept
    for rank in range(len(start), size * size):
        order[place := void()] = rank
        change(place, True)
    return order.reshape(size, size)
