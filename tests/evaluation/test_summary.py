"""Means and their confidence intervals."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.evaluation.benchmark import Row
from anybokeh.evaluation.metrics import Unavailable
from anybokeh.evaluation.summary import Summary, bootstrap_interval, summarise


def test_interval_is_that_of_the_normal_for_many_clips() -> None:
    values = np.random.default_rng(0).normal(30, 2, 400)
    low, high = bootstrap_interval(values, seed=0)
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_interval_is_the_same_for_the_same_seed_alone() -> None:
    values = np.random.default_rng(1).random(9)
    assert bootstrap_interval(values, 3) == bootstrap_interval(values, 3)
    assert bootstrap_interval(values, 3) != bootstrap_interval(values, 4)


def test_clips_without_a_figure_are_left_out() -> None:
    rows = [Row(c, "exact", "a", "psnr", v) for c, v in (("x", 1.0), ("y", 3.0), ("z", Unavailable("no")))]
    rows += [Row("x", "exact", "b", "psnr", Unavailable("why")), Row("", "exact", "a", "fvd", 7.0)]
    found = summarise(rows)
    both = found["exact", "a", "psnr"]
    assert isinstance(both, Summary)
    assert (both.mean, both.clips) == (2.0, 2)
    assert both.low == 1 and both.high == 3
    assert found["exact", "b", "psnr"] == Unavailable("why")
    assert found["exact", "a", "fvd"] == Summary(7.0, None, None, 0)
