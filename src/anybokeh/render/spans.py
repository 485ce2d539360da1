"""Rows of kernels as spans: pairs of neighbouring differences along x.

A row of a disc is flat between two soft ends. Each end is a pair of differences at neighbouring pixels, so a
row costs two pairs whatever its length. The span that replaces a row has the row's mass, mean and variance.
Rows that are not flat (apertures with a bright rim, or drawn by a picture) keep all their differences.
"""

from __future__ import annotations

import numpy as np

from anybokeh.runtime.jit import kernel

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


@kernel()
def all_differences(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All differences of every row of a kernel, in pairs; picture: (height, width) float64, odd sides.

    Returns:
        (height,) how many pairs each row has, (pairs,) their columns, where the middle one is 0, and
        (pairs, 2) their weights.
    """
    height, width = picture.shape
    counts = np.zeros(height, np.int32)
    columns = np.empty(height * (width + 1), np.int32)
    weights = np.empty((height * (width + 1), 2))
    pairs = 0
    for y in range(height):
        before = pairs
        x = 0
        while x <= width:
            here = picture[y, x] if x < width else 0.0
            left = here - (picture[y, x - 1] if x > 0 else 0.0)
            if abs(left) > _NEGLIGIBLE:
                columns[pairs] = x - width // 2
                weights[pairs, 0] = left
                weights[pairs, 1] = (picture[y, x + 1] if x + 1 < width else 0.0) - here
                pairs += 1
                x += 1
            x += 1
        counts[y] = pairs - before
    return counts, columns[:pairs], weights[:pairs]


def all_spans(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same by two pairs a row, for a convex, evenly lit kernel."""
    found = [row_span(row, len(row) // 2) for row in picture]
    pairs = [pair for row in found for pair in row]
    counts = np.array([len(row) for row in found], np.int32)
    return counts, np.array([one[0] for one in pairs], np.int32), np.array([one[1:] for one in pairs])


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
