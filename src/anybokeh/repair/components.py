"""Connected pixels, where few are: the work grows with them, not with the picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.runtime.jit import kernel


class Components(NamedTuple):
    """Pixels that touch each other, also by their corners, are one component.

    Attributes:
        of: (pixels,) int32, number of the component, in the order in which they begin.
        area: (components,) int64, pixels.
        centre: (components, 2) float64, mean row and column.
        extent: (components, 2) int64, rows and columns from the first to the last.
    """

    of: np.ndarray
    area: np.ndarray
    centre: np.ndarray
    extent: np.ndarray


def components(y: np.ndarray, x: np.ndarray, shape: tuple[int, ...]) -> Components:
    """The components of pixels.

    Args:
        y, x: (pixels,) rows and columns, row by row and each from left to right.
        shape: height and width of the picture.
    """
    # memory that is zero costs nothing until it is touched; a border spares asking where the picture ends
    labels = np.zeros((shape[0] + 1, shape[1] + 2), np.int32)
    of = np.empty(len(y), np.int32)
    count = _label(y, x, labels, np.zeros(len(y) + 1, np.int32), of)
    area = np.bincount(of, minlength=count)
    centre = np.stack([np.bincount(of, along, count) / np.maximum(area, 1) for along in (y, x)], 1)
    extent = np.empty((count, 2), np.int64)
    _measure(y, x, of, np.full((count, 2), max(shape), np.int64), extent)
    return Components(of, area, centre, extent)


@kernel()
def _label(y: np.ndarray, x: np.ndarray, labels: np.ndarray, parent: np.ndarray, of: np.ndarray) -> int:
    """Number the components of pixels; `parent` leads from each label to a lower one of its component."""
    made = 0
    for i in range(len(y)):
        row, column = y[i] + 1, x[i] + 1
        lowest = 0
        for label in (
            labels[row, column - 1],
            labels[row - 1, column - 1],
            labels[row - 1, column],
            labels[row - 1, column + 1],
        ):
            if label == 0:
                continue
            root = label
            while parent[root] != root:
                root = parent[root]
            if lowest == 0:
                lowest = root
            elif root != lowest:
                low, high = min(lowest, root), max(lowest, root)
                parent[high] = low
                lowest = low
        if lowest == 0:
            made += 1
            parent[made] = lowest = made
        labels[row, column] = of[i] = lowest
    count = 0
    for label in range(1, made + 1):
        if parent[label] == label:
            # roots become their number, which is marked by its sign
            parent[label] = -1 - count
            count += 1
        else:
            parent[label] = parent[parent[label]]
    for i in range(len(of)):
        of[i] = -1 - parent[of[i]]
    return count


@kernel()
def _measure(y: np.ndarray, x: np.ndarray, of: np.ndarray, first: np.ndarray, extent: np.ndarray) -> None:
    """Rows and columns that components take; `first` is to hold numbers that are large enough."""
    extent[:] = -1
    for i in range(len(y)):
        number = of[i]
        first[number, 0], first[number, 1] = min(first[number, 0], y[i]), min(first[number, 1], x[i])
        extent[number, 0], extent[number, 1] = max(extent[number, 0], y[i]), max(extent[number, 1], x[i])
    extent -= first - 1
