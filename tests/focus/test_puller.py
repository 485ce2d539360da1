from __future__ import annotations

import numpy as np
import pytest

from anybokeh.focus import frame_times
from anybokeh.focus.puller import damped, pull


@pytest.mark.parametrize("speed", [0.5, 1, 4])
@pytest.mark.parametrize("rate", [24, 60])
def test_a_rack_is_smooth_and_never_overshoots(speed, rate):
    times = frame_times(10 * rate, rate)
    focus = pull(np.where(times < 5, 0.2, 0.8), times, speed)
    assert (np.diff(focus) >= -1e-12).all()
    assert focus.min() >= 0.2 - 1e-9 and focus.max() <= 0.8 + 1e-9
    # in the middle when the subject arrives, neither late nor early
    assert np.interp(5 - 0.5 / rate, times, focus) == pytest.approx(0.5, abs=0.05)
    begins, ends = (times[np.searchsorted(focus, value)] for value in (0.26, 0.74))
    assert ends - begins == pytest.approx(0.5 / speed, rel=0.25, abs=2 / rate)


def test_speed_is_of_time_rather_than_of_frames():
    coarse, fine = frame_times(50, 10), frame_times(500, 100)
    step = lambda times: np.where(times < 2.5, 0.0, 1.0)  # noqa: E731
    np.testing.assert_allclose(
        damped(step(coarse), coarse, 6)[30:], damped(step(fine), fine, 6)[300::10], atol=0.35
    )
    # held values are followed exactly: 1 - (1 + rate t) exp(-rate t)
    times = np.array([0, 0.1, 0.25, 0.7])
    moved = damped(np.array([0.0, 1, 1, 1]), times, 6)
    np.testing.assert_allclose(moved, 1 - (1 + 6 * times) * np.exp(-6 * times), atol=1e-12)


def test_tremble_does_not_move_the_focus():
    times = frame_times(200, 24)
    tremble = 0.5 + 0.005 * np.random.default_rng(0).uniform(-1, 1, 200)
    focus = pull(tremble, times)
    assert np.ptp(focus) < 0.002 and abs(focus.mean() - 0.5) < 0.003


def test_a_slow_walk_is_followed():
    times = frame_times(200, 24)
    walk = 0.3 + 0.05 * times
    assert np.abs(pull(walk, times)[40:-40] - walk[40:-40]).max() < 0.01


def test_one_frame():
    assert pull(np.array([0.4]), np.zeros(1)).tolist() == [0.4]
