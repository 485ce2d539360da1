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
