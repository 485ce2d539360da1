"""Light in the discs of clipped lamps."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.evaluation.metrics.highlights import FLOOR, highlight_error, highlight_reach
from anybokeh.optics.light import encode


@pytest.fixture
def lamp() -> tuple[np.ndarray, np.ndarray]:
    """One clipped pixel at (20, 30) in grey, circle of confusion 5 everywhere."""
    aif = np.full((1, 3, 40, 60), 0.4, np.float32)
    aif[0, 0, 20, 30] = 1
    return aif, np.full((1, 40, 60), -5.0, np.float32)


def test_reach_is_the_lamps_disc(lamp: tuple) -> None:
    reach = highlight_reach(*lamp)[0]
    y, x = np.mgrid[0:40, 0:60]
    assert (reach == (np.hypot(y - 20, x - 30) <= 6)).all()


def test_known_clipping_wins_over_white(lamp: tuple) -> None:
    aif, coc = lamp
    clipped = np.ones((1, 40, 60), np.float32)
    assert not highlight_reach(aif, coc, clipped).any()
    clipped[0, 5, 5] = 0.2
    assert highlight_reach(aif, coc, clipped)[0, 5, 5]


def test_lamps_in_focus_have_no_disc(lamp: tuple) -> None:
    aif, coc = lamp
    assert not highlight_reach(aif, 0 * coc).any()


def test_half_the_light_is_one_stop(lamp: tuple) -> None:
    aif, coc = lamp
    where = highlight_reach(aif, coc)
    truth, result = (
        np.full((1, 3, 40, 60), encode(np.array(light), "srgb"), np.float32)
        for light in (0.5, (0.5 - FLOOR) / 2)
    )
    result[:, :, 0] = 1  # outside of the reach
    assert highlight_error(result, truth, where) == pytest.approx(1, abs=1e-3)
    assert highlight_error(truth, truth, where) == 0
    assert np.isnan(highlight_error(truth, truth, np.zeros_like(where)))
