"""Rows of kernels as spans: pairs of neighbouring differences along x.

A row of a disc is flat between two soft ends. Each end is a pair of differences at neighbouring pixels, so a
row costs two pairs whatever its length. The span that replaces a row has the row's mass, mean and variance.
Rows that are not flat (apertures with a bright rim, or drawn by a picture) keep all their differences.
"""

from __future__ import annotations

import numpy as np

from anybokeh.runtime.jit import kernel

_NEGLIGIBLE = 1e-7


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
    height, width = picture.shape
    touched = picture > _NEGLIGIBLE
    known = touched.any(axis=1)
    first, last = touched.argmax(axis=1), width - 1 - touched[:, ::-1].argmax(axis=1)
    columns, weights = np.zeros((height, 2), np.int32), np.zeros((height, 2, 2))
    wide = known & (last - first >= 3)
    rows, x = picture[wide], np.arange(width) - width // 2
    mass = rows.sum(axis=1)
    mean = (rows * x).sum(axis=1) / mass
    variance = (rows * (x - mean[:, None]) ** 2).sum(axis=1) / mass
    # A span averaged over pixels is wider than the span itself by a variance of 1/12.
    half = np.sqrt(3 * (variance - 1 / 12))
    step = mass / (2 * half)
    for end, position, by in ((0, mean - half, step), (1, mean + half, -step)):
        columns[wide, end], weights[wide, end] = _edges(position, by)
    for y in np.flatnonzero(known & ~wide):
        columns[y], weights[y] = _exact(picture[y], int(first[y]))
    counts = np.where(known, 2, 0).astype(np.int32)
    return counts, columns[known].reshape(-1), weights[known].reshape(-1, 2)


def _exact(row: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """The four differences of at most three pixels from column `first` on."""
    padded = np.append(row, np.zeros(3))
    difference = np.diff(padded[first : first + 3], prepend=0, append=0)
    return np.array([0, 2]) + first - len(row) // 2, difference.reshape(2, 2)


def _edges(position: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps at positions between pixels: shared by the pixel that each cuts and the one to its right."""
    column = np.floor(position + 0.5)
    covered = column + 0.5 - position
    return column, np.stack([step * covered, step * (1 - covered)], axis=1)
