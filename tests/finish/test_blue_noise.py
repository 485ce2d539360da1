from __future__ import annotations

import numpy as np
import pytest

from anybokeh.finish.blue_noise import SIZE, ranks, thresholds
from finish import plain


def test_every_threshold_comes_once() -> None:
    expected = (np.arange(SIZE**2) + 0.5) / SIZE**2
    assert np.array_equal(np.sort(thresholds().ravel()), expected.astype(np.float32))


def test_errors_of_rounding_lie_at_high_frequencies() -> None:
    rounded = (thresholds() < 0.3).astype(float)
    power = np.abs(np.fft.fft2(rounded - rounded.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(SIZE)] * 2))
    low, high = power[(frequency > 0) & (frequency < 0.15)].mean(), power[frequency > 0.3].mean()
    assert low < 0.03 * high


@pytest.mark.parametrize("size", [5, 12])
def test_fast_and_plain_order_agree(size: int) -> None:
    offset = np.minimum(np.arange(size), size - np.arange(size))
    near = np.exp(-(offset[:, None] ** 2 + 1.1 * offset**2) / 3)
    start = np.random.default_rng(size).permutation(size**2)[: size**2 // 4]
    np.testing.assert_array_equal(ranks(near, start), plain.ranks(near, start))
