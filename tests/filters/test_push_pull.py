from __future__ import annotations

import numpy as np
import pytest

from anybokeh.filters.push_pull import push_pull


def test_what_is_known_stays() -> None:
    rng = np.random.default_rng(0)
    values, known = rng.random((33, 47)).astype(np.float32), (rng.random((33, 47)) > 0.4).astype(np.float32)
    filled = push_pull(values, known)
    assert np.array_equal(filled[known == 1], values[known == 1])
    assert filled.min() >= 0 and filled.max() <= 1


@pytest.mark.parametrize("channels", [None, 3])
def test_holes_in_a_slope_are_filled_with_the_slope(channels: int | None) -> None:
    slope = np.linspace(0, 1, 64, dtype=np.float32) + np.zeros((64, 1), np.float32)
    values = slope if channels is None else np.repeat(slope[..., None], channels, 2)
    known = np.ones((64, 64), np.float32)
    known[28:36, 28:36] = 0
    assert push_pull(
        np.where(known.reshape(known.shape + (1,) * (values.ndim - 2)) > 0, values, 9), known
    ) == (pytest.approx(values, abs=0.08))


def test_nothing_known_is_zero() -> None:
    assert not push_pull(np.ones((5, 7), np.float32), np.zeros((5, 7), np.float32)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (8, 1)])
def test_thin_fields(shape: tuple[int, int]) -> None:
    known = np.ones(shape, np.float32)
    known.flat[-1] = 0
    filled = push_pull(np.full(shape, 0.5, np.float32), known)
    assert filled.flat[0] == (0.5 if np.prod(shape) > 1 else 0)
