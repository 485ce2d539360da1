"""Rows of kernels as spans: pairs of neighbouring differences along x.

A row of a disc is flat between two soft ends. Each end is a pair of differences at neighbouring pixels, so a
row costs two pairs whatever its length. The span that replaces a row has the row's mass, mean and variance.
Rows that are not flat (apertures with a bright rim, or drawn by a picture) keep all their differences.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

Pairs = list[tuple[int, float, float]]
"""Column of the first difference, its weight, and the weight of the one to its right."""

_NEGLIGIBLE = 1e-7


def row_span(row: np.ndarray, centre: int) -> Pairs:
    """Two pairs for one row of a convex, evenly lit kernel; `centre` is the column of offset 0."""
    touched = np.flatnonzero(row > _NEGLIGIBLE)
    if not len(touched):
        return []
    if touched[-1] - touched[0] < 3:
        return _exact(row, centre, int(touched[0]))
    x = np.arange(len(row)) - centre
    mass = row.sum()
    mean = (row * x).sum() / mass
    variance = (row * (x - mean) ** 2).sum() / mass
    # A span averaged over pixels is wider than the span itself by a variance of 1/12.
    half = np.sqrt(3 * (variance - 1 / 12))
    height = mass / (2 * half)
    return [_edge(mean - half, height), _edge(mean + half, -height)]


def row_differences(row: np.ndarray, centre: int) -> Pairs:
    """All differences of a row, in pairs."""
    # Plain floats: a bank has ten thousand short rows, too short for numpy.
    values = [0.0, *row.tolist(), 0.0, 0.0]
    difference = [right - left for left, right in pairwise(values)]
    pairs: Pairs = []
    column = 0
    while column < len(difference) - 1:
        if abs(difference[column]) > _NEGLIGIBLE:
            pairs.append((column - centre, difference[column], difference[column + 1]))
            column += 1
        column += 1
    return pairs


def _exact(row: np.ndarray, centre: int, first: int) -> Pairs:
    """The four differences of at most three pixels from column `first` on."""
    padded = np.append(row, np.zeros(3))
    difference = np.diff(padded[first : first + 3], prepend=0, append=0)
    left, right = difference[:2], difference[2:]
    return [
        (first - centre, float(left[0]), float(left[1])),
        (first + 2 - centre, float(right[0]), float(right[1])),
    ]


def _edge(position: float, step: float) -> tuple[int, float, float]:
    """A step at a position between pixels: shared by the pixel that it cuts and the one to its right."""
    column = int(np.floor(position + 0.5))
    covered = column + 0.5 - position
    return column, step * covered, step * (1 - covered)
