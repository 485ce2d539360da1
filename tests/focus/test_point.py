from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.focus.point import disparity_at, focus_along, follow_point, small_grey

from .moving import COUNT, HEIGHT, WIDTH, Disparity, grey, path, texture


@pytest.mark.parametrize("at", [0, 17, COUNT - 1])
def test_a_moving_object_is_followed_both_ways(at):
    x, y = path(at)
    trajectory = follow_point((grey(i) for i in range(COUNT)), (x / WIDTH, y / HEIGHT), at)
    truth = np.array([path(i) for i in range(COUNT)])
    assert trajectory.seen.all()
    assert np.abs(trajectory.positions * (WIDTH, HEIGHT) - truth).max() < 2
    track = focus_along(Disparity(), trajectory)
    np.testing.assert_allclose(track.focus, 0.5 + 0.005 * np.arange(COUNT), atol=0.01)
    assert track.seen[:5].all() and track.seen[-5:].all()


def test_a_vanished_object_counts_as_lost_and_focus_holds():
    def cut(index: int) -> np.ndarray:
        return grey(index) if index < 25 else texture(index, HEIGHT, WIDTH)

    x, y = path(10)
    track = focus_along(Disparity(), follow_point(map(cut, range(COUNT)), (x / WIDTH, y / HEIGHT), 10))
    assert track.seen[:25].all() and not track.seen[26:].any()
    np.testing.assert_allclose(track.focus[26:], 0.5 + 0.005 * 24, atol=0.015)


def test_slipping_to_another_depth_counts_as_lost():
    class Jump(Disparity):
        def read(self, index, frame=None):
            return np.full((HEIGHT, WIDTH), 0.6 if index < 20 else 0.2, np.float32)

    x, y = path(10)
    track = focus_along(Jump(), follow_point(map(grey, range(COUNT)), (x / WIDTH, y / HEIGHT), 10))
    np.testing.assert_allclose(track.focus, 0.6, atol=1e-5)
    assert track.seen[:20].all() and not track.seen[20:].any()


def test_a_single_bad_map_does_not_end_the_following():
    class Flash(Disparity):
        def read(self, index, frame=None):
            return super().read(index) if index != 20 else np.zeros((HEIGHT, WIDTH), np.float32)

    x, y = path(10)
    track = focus_along(Flash(), follow_point(map(grey, range(COUNT)), (x / WIDTH, y / HEIGHT), 10))
    np.testing.assert_allclose(track.focus, 0.5 + 0.005 * np.arange(COUNT), atol=0.01)
    assert track.seen[:5].all() and track.seen[-5:].all()


def test_one_frame():
    trajectory = follow_point([grey(0)], (0.2, 0.5), 0)
    assert trajectory.positions.shape == (1, 2) and trajectory.seen.all()


def test_a_featureless_picture_does_not_fail():
    trajectory = follow_point([np.zeros((90, 160), np.uint8)] * 5, (0.999, 0.999), 2)
    assert trajectory.positions.shape == (5, 2)
    assert (trajectory.positions <= 1).all()


def test_a_point_behind_the_end_is_refused():
    with pytest.raises(InputError, match="frame 9"):
        follow_point([grey(0)] * 3, (0.5, 0.5), 9)


def test_disparity_at_borders_and_over_specks():
    disparity = np.full((90, 160), 0.4, np.float32)
    disparity[45, 80] = 1
    assert disparity_at(disparity, 0.5, 0.5) == pytest.approx(0.4)
    for corner in ((0, 0), (1, 1), (0, 1)):
        assert disparity_at(disparity, *corner) == pytest.approx(0.4)


@pytest.mark.parametrize("half", [np.uint8(127), np.uint16(32767), np.float32(0.5**2.2)])
def test_small_grey(half):
    frame = np.full((576, 1024, 3), half)
    small = small_grey(frame)
    assert small.shape == (270, 480) and small.dtype == np.uint8
    assert np.abs(small.astype(int) - 127).max() <= 1


def test_a_point_is_found_again_behind_an_obstacle():
    def hidden(index: int) -> np.ndarray:
        picture = grey(index)
        if 12 <= index < 20:
            x, y = (round(v) for v in path(index))
            picture[max(0, y - 40) : y + 40, max(0, x - 40) : x + 40] = texture(7, 80, 80)[
                : picture[max(0, y - 40) : y + 40].shape[0], : picture[0, max(0, x - 40) : x + 40].size
            ]
        return picture

    x, y = path(3)
    trajectory = follow_point(map(hidden, range(COUNT)), (x / WIDTH, y / HEIGHT), 3)
    assert not trajectory.seen[13:19].any() and trajectory.seen[:12].all() and trajectory.seen[22:].all()
    truth = np.array([path(i) for i in range(COUNT)])
    assert np.abs(trajectory.positions[22:] * (WIDTH, HEIGHT) - truth[22:]).max() < 4
    track = focus_along(Disparity(), trajectory)
    assert not track.seen[13:19].any() and track.seen[24:].all()
    np.testing.assert_allclose(track.focus[28:], 0.5 + 0.005 * np.arange(28, COUNT), atol=0.015)


def test_a_point_is_found_again_when_the_cut_goes_back():
    def cut(index: int) -> np.ndarray:
        return texture(index, HEIGHT, WIDTH) if 15 <= index < 25 else grey(index)

    x, y = path(5)
    trajectory = follow_point(map(cut, range(COUNT)), (x / WIDTH, y / HEIGHT), 5)
    assert not trajectory.seen[15:25].any() and trajectory.seen[26:].all()
