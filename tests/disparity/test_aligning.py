"""Frames brought in line with those around."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.disparity.aligning import robust_line


def test_a_line_is_found_exactly() -> None:
    places = np.arange(-4, 5)
    assert robust_line(places, 0.3 + 0.02 * places) == pytest.approx(0.3)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_jumps_do_not_count(length: int) -> None:
    places = np.arange(-4, 5)
    for start in range(10 - length):
        values = 0.3 + 0.02 * places
        values[start : start + length] += 0.4
        assert robust_line(places, values) == pytest.approx(0.3, abs=1e-6)


def test_noise_averages_out() -> None:
    rng = np.random.default_rng(0)
    places = np.arange(-4, 5)
    found = [robust_line(places, rng.normal(0.5, 0.01, 9)) for _ in range(500)]
    # the weights alone would leave 0.0037
    assert np.std(found) < 0.0046


def test_both_ends_of_a_shot() -> None:
    assert robust_line(np.array([0, 1]), [0.2, 0.4]) == pytest.approx(0.2)
    assert robust_line(np.array([0, -1, -2]), [0.6, 0.5, 0.4]) == pytest.approx(0.6)
