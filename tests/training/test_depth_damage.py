"""Faults of disparity."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.training import depth_damage


def scene() -> tuple[np.ndarray, np.ndarray]:
    disparity = np.full((4, 60, 96), 0.2, np.float32)
    disparity[:, 20:45, 30:70] = 0.8
    disparity[:, :20, 50:52] = 0.8  # thin
    return disparity, disparity + 0.1


@pytest.mark.parametrize("seed", range(8))
def test_damage_repeats_and_stays_within_bounds(seed: int) -> None:
    disparity, luma = scene()
    first, again = (depth_damage.damaged(disparity, luma, np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == disparity.shape and first.dtype == np.float32
    assert first.min() >= 0 and first.max() <= 1
    # far from outlines surfaces stay where they were
    assert np.abs(first[:, 30:35, 45:55] - 0.8).mean() < 0.1


@pytest.mark.parametrize("fault", depth_damage._FAULTS, ids=lambda fault: fault.__name__)
def test_every_fault_does_something(fault) -> None:
    disparity, luma = scene()
    luma = luma + 0.1 * np.random.default_rng(0).random(luma.shape, np.float32)
    changed = [
        np.abs(fault(disparity, luma, 1.0, np.random.default_rng(seed)) - disparity).max()
        for seed in range(5)
    ]
    assert max(changed) > 0.003


def test_noise_lasts_as_long_as_asked() -> None:
    lasting = depth_damage.fields((4, 60, 96), 8, np.random.default_rng(0), 1.0)
    np.testing.assert_array_equal(lasting[0], lasting[3])
    fresh = depth_damage.fields((4, 60, 96), 8, np.random.default_rng(0), 0.0)
    assert abs(np.corrcoef(fresh[0].ravel(), fresh[1].ravel())[0, 1]) < 0.3
    assert fresh.std() == pytest.approx(0.85, abs=0.3)
