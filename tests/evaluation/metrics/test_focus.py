"""What is in focus and out of reach, and whether it was left alone."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.evaluation.metrics.focus_fidelity import focus_difference, focus_untouched, in_focus
from anybokeh.evaluation.metrics.reach import reached


def test_reach_is_the_distance_to_the_nearest_disc() -> None:
    rng = np.random.default_rng(0)
    radius = rng.uniform(0, 6, (40, 50))
    sources = rng.random((40, 50)) < 0.01
    y, x = np.mgrid[0:40, 0:50]
    away = np.stack([np.hypot(y - i, x - j) - radius[i, j] for i, j in np.argwhere(sources)]).min(0)
    found = reached(radius, sources, margin=1)
    assert found[away <= 1].all()
    assert not found[away > 2].any()
    assert not reached(radius, np.zeros_like(sources)).any()


def test_nearer_blur_reaches_what_is_in_focus_and_farther_blur_does_not() -> None:
    coc = np.zeros((1, 1, 60), np.float32)
    coc[..., :10] = 6  # nearer
    coc[..., 50:] = -6  # farther
    coc[..., 30] = 0.4  # in focus, if barely
    # 6 + 1 pixels from the last near pixel, number 9; 3 from the outline of the farther surface
    assert (np.flatnonzero(in_focus(coc)[0, 0]) == np.arange(17, 47)).all()


def test_rounding_to_eight_bits_is_no_touch_and_two_levels_are() -> None:
    rng = np.random.default_rng(1)
    aif = rng.random((2, 3, 20, 30), np.float32)
    focus = np.zeros((2, 20, 30), bool)
    focus[:, :, :15] = True
    result = np.rint(aif * 255) / np.float32(255)
    result[:, :, :, 15:] = 0  # out of focus: does not count
    assert focus_untouched(result, aif, focus) == 100
    assert focus_difference(result, aif, focus) <= 0.5001
    result[0, 1, :, :3] = aif[0, 1, :, :3] + 2 / 255  # a fifth of the first frame's pixels, one channel
    assert focus_untouched(result, aif, focus) == pytest.approx(90)
    assert focus_difference(result, aif, focus) == pytest.approx(2, abs=1e-3)


def test_without_anything_in_focus_there_is_no_figure() -> None:
    frames = np.zeros((1, 3, 8, 8), np.float32)
    nothing = np.zeros((1, 8, 8), bool)
    assert np.isnan(focus_untouched(frames, frames, nothing))
    assert np.isnan(focus_difference(frames, frames, nothing))
