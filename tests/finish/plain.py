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
