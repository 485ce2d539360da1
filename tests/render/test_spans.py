"""Kernels as pairs of differences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from anybokeh.render.spans import all_differences, all_spans


def plain_differences(row: np.ndarray) -> list[tuple[int, float, float]]:
    """The readable twin of one row of `all_differences`."""
    values = [0.0, *row.tolist(), 0.0, 0.0]
    difference = [right - left for left, right in pairwise(values)]
    pairs = []
    column = 0
    while column < len(difference) - 1:
        if abs(difference[column]) > 1e-7:
            pairs.append((column - len(row) // 2, difference[column], difference[column + 1]))
            column += 1
        column += 1
    return pairs


@pytest.mark.parametrize("seed", range(6))
def test_fast_and_plain_agree(seed):
    rng = np.random.default_rng(seed)
    picture = rng.random((2 * seed + 1, 9)) * (rng.random((2 * seed + 1, 9)) > 0.4)
    counts, columns, weights = all_differences(picture)
    expected = [plain_differences(row) for row in picture]
    assert counts.tolist() == [len(row) for row in expected]
    pairs = [pair for row in expected for pair in row]
    assert columns.tolist() == [pair[0] for pair in pairs]
    assert weights.tolist() == [[pair[1], pair[2]] for pair in pairs]


def test_spans_keep_mass_mean_and_width():
    row = np.array([0.0, 0.3, 1, 1, 1, 1, 0.6, 0, 0])
    counts, columns, weights = all_spans(np.stack([row, np.zeros(9)]))
    assert counts.tolist() == [2, 0]
    line = np.zeros(10)
    for column, (left, right) in zip(columns, weights, strict=True):
        line[column + 4] += left
        line[column + 5] += right
    x = np.arange(9)
    for power in range(3):
        assert line.cumsum()[:9] @ x**power == pytest.approx(row @ x**power, rel=0.01)


def plain_span(row: np.ndarray) -> list[tuple[int, float, float]]:
    """The readable twin of one row of `all_spans`."""
    touched = np.flatnonzero(row > 1e-7)
    if not len(touched):
        return []
    centre = len(row) // 2
    if touched[-1] - touched[0] < 3:
        steps = np.diff(row[touched[0] : touched[0] + 3], prepend=0, append=0)
        return [(touched[0] - centre + 2 * end, steps[2 * end], steps[2 * end + 1]) for end in (0, 1)]
    x = np.arange(len(row)) - centre
    mean = row @ x / row.sum()
    half = np.sqrt(3 * (row @ (x - mean) ** 2 / row.sum() - 1 / 12))
    pairs = []
    for position, step in ((mean - half, 1), (mean + half, -1)):
        column = int(np.floor(position + 0.5))
        covered = column + 0.5 - position
        height = step * row.sum() / (2 * half)
        pairs.append((column, height * covered, height * (1 - covered)))
    return pairs


@pytest.mark.parametrize("radius", [0.3, 1.2, 2.9, 7.4])
def test_spans_are_those_of_each_row(radius: float) -> None:
    y, x = np.mgrid[-9:10, -9:10]
    picture = np.clip(radius + 0.5 - np.hypot(y - 0.2, x + 0.3), 0, 1)
    expected = [plain_span(row) for row in picture]
    counts, columns, weights = all_spans(picture)
    assert counts.tolist() == [len(row) for row in expected]
    pairs = [pair for row in expected for pair in row]
    assert columns.tolist() == [pair[0] for pair in pairs]
    np.testing.assert_allclose(weights, [pair[1:] for pair in pairs], rtol=1e-9, atol=1e-12)
