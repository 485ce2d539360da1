"""Where the picture stands still, and the average there against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.disparity.glimpses import glimpse
from anybokeh.disparity.still_average import LEVELS, average_still
from anybokeh.disparity.stillness import LEAST_NOISE, noise, restlessness, still
from anybokeh.runtime.threads import Crew
from disparity import damaged, plain


def views(frames: np.ndarray) -> list:
    blank = np.zeros(frames.shape[2:], np.float32)
    return [glimpse((255 * one.transpose(1, 2, 0) + 0.5).astype(np.uint8), blank) for one in frames]


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_noise_of_a_camera_is_no_motion(levels: float) -> None:
    one, other = views(damaged.filmed(damaged.scene()[0][0], 2, levels))
    assert still(one, other).min() > 0.9


def test_what_moves_is_told_from_what_does_not() -> None:
    frames, _ = damaged.scene(frames=2, speed=0)
    frames[1, :, 40:100, 50:150] = np.roll(frames[0], 3, axis=2)[:, 40:100, 50:150]
    found = still(*views(frames))
    assert (found[42:98, 52:148] == 0).mean() > 0.95
    assert found[:, 170:].min() == 1


def test_noise_is_measured_and_slopes_are_none() -> None:
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 0.2, 13, dtype=np.float32)[:, None, None] * np.ones((1, 72, 128), np.float32)
    everywhere = np.ones((72, 128), np.float32)
    noisy = (ramp + rng.normal(0, 0.02, ramp.shape)).astype(np.float32)
    # a jump of two frames hardly changes it
    noisy[4:6] += 0.3
    for maps, expected in ((ramp, LEAST_NOISE), (noisy, 0.02)):
        measured = [restlessness(maps[i - 1 : i + 2], everywhere) for i in range(1, 12)]
        np.testing.assert_allclose(noise(measured, (72, 128)), expected, rtol=0.6)


def test_nothing_is_measured_where_all_moves() -> None:
    maps = np.random.default_rng(0).random((3, 72, 128), np.float32)
    assert np.isnan(restlessness(list(maps), np.zeros((72, 128), np.float32))).all()
    assert (noise([np.full((3, 5), np.nan, np.float32)], (6, 8)) == np.float32(LEAST_NOISE)).all()


@pytest.mark.parametrize("before", [0, 3, 7])
def test_kernel_does_what_plain_numpy_does(before: int) -> None:
    rng = np.random.default_rng(before)
    ring = (0.5 * LEVELS + rng.normal(0, 0.02 * LEVELS, (10, 45, 61))).astype(np.uint16)
    # jumps of the frame itself, and of two others
    own, others = 4, np.array([7, 2, 3, 9, 0, 1, 5], np.int64)
    ring[own, 10:20] += np.uint16(0.2 * LEVELS)
    ring[2:4, 15:30] -= np.uint16(0.2 * LEVELS)
    weights = rng.random((7, 12, 16), np.float32) * (rng.random((7, 12, 16)) > 0.2)
    weights[:, :3] = 0
    sigma = rng.uniform(0.01, 0.03, (12, 16)).astype(np.float32)
    given, result = (rng.random((45, 61), np.float32) for _ in range(2))
    expected = plain.average_still(result, given, ring, own, others, before, weights, sigma)
    untouched = result[:8].copy()
    with Crew(2) as crew:
        average_still(result, given, ring, own, others, before, weights, sigma, crew)
    np.testing.assert_allclose(result, expected, atol=2e-5)
    np.testing.assert_array_equal(result[:8], untouched)
