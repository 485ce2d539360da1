"""What frames around show near edges, and the kernel against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.disparity import steady
from anybokeh.disparity.averaging import Neighbour
from anybokeh.disparity.glimpses import Calibration, glimpse
from anybokeh.disparity.outlines import OutlineSettings
from anybokeh.disparity.recall import Sample, _add_up, recall, sample
from anybokeh.disparity.steadying import SteadySettings
from anybokeh.runtime.threads import Crew
from disparity import damaged, plain


def neighbour(flow: np.ndarray, calibration: Calibration | None = None) -> Neighbour:
    """One that is seen by this flow (height, width, 2)."""
    blank = np.zeros((*flow.shape[:2], 3), np.uint8)
    view = glimpse(blank, np.zeros(flow.shape[:2], np.float32))
    return Neighbour(1, view, flow, calibration or Calibration())


def test_outlines_that_are_displaced_by_chance_are_voted_on() -> None:
    frames, exact = damaged.scene(frames=9, speed=1, seed=4)
    rng = np.random.default_rng(0)
    wrong = np.stack([np.roll(one, rng.integers(-3, 4, 2), (0, 1)) for one in exact])
    alone = steady(frames, wrong, SteadySettings(outlines=OutlineSettings(lasting=0)))
    together = steady(frames, wrong)
    assert np.abs(together - exact).mean() < 0.9 * np.abs(alone - exact).mean()


def test_mean_over_frames_that_show_the_same_thing() -> None:
    picture = np.full((6, 10, 3), 100, np.uint8)
    own = Sample(picture, np.full((6, 10), 0.5, np.float32))
    moved = np.zeros((3, 5, 2), np.float32)
    moved[..., 0] = 1
    other = Sample(picture.copy(), np.full((6, 10), 0.25, np.float32))
    # a pixel of another colour proves nothing
    other.picture[2, 5] = 200
    wanted = np.ones((6, 10), bool)
    wanted[0] = False
    with Crew(1) as crew:
        found = recall(own, [(neighbour(moved, Calibration(2, 0.3)), other)], wanted, crew)
    # half of 2 * 0.25 + 0.3 - 0.5; one small pixel of flow is two points
    expected = np.where(wanted, np.float32(0.15), np.float32(0))
    expected[2, 3] = 0
    expected[:, 8:] = 0
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("size", [(45, 61), (288, 1024)])
def test_kernel_does_what_plain_numpy_does(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    one, other = (
        sample(rng.integers(0, 60, (*size, 3), np.uint8), rng.random(size, np.float32)) for _ in range(2)
    )
    assert one.disparity.shape == ((45, 61) if size[1] == 61 else (144, 512))
    flow = rng.normal(0, 2, (20, 32, 2)).astype(np.float32)
    wanted = rng.random(one.disparity.shape) < 0.7
    arguments = (one, wanted, flow, other, Calibration(1.1, -0.05))
    total, count = np.zeros((2, *one.disparity.shape), np.float32)
    with Crew(2) as crew:
        crew.run(_add_up, *arguments, total, count)
    expected_total, expected_count = plain.add_up(*arguments)
    np.testing.assert_array_equal(count, expected_count)
    np.testing.assert_allclose(total, expected_total, atol=1e-5)
    assert 0.1 < count.mean() < 0.6
