"""Where a lens is sharp."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import Lens, signed_circle_of_confusion
from anybokeh.optics.focal_surface import ColourFocus, colour_focuses, focal_surface

ALL = ColourFocus((0, 1, 2), 0.0)


def test_a_plain_lens_has_one_plane_for_all_colours():
    assert colour_focuses(Lens(rim=1)) == (ALL,)
    disparity = np.random.default_rng(1).random((5, 8)).astype(np.float32)
    surface = focal_surface(Lens(), ALL, (5, 8), 0.4, 20, 8, 0.1)
    expected = signed_circle_of_confusion(disparity, 0.4, 20, 8, 0.1)
    np.testing.assert_array_equal(surface.circle_of_confusion(disparity), expected)
    assert surface.limits() == tuple(signed_circle_of_confusion(np.array([0.0, 1.0]), 0.4, 20, 8, 0.1))


def test_every_channel_is_focused_once():
    for lens in (Lens(), Lens(axial_colour=0.05), Lens(axial_colour=-0.05)):
        assert sorted(channel for one in colour_focuses(lens) for channel in one.channels) == [0, 1, 2]


@pytest.mark.parametrize(("size", "width"), [((9, 15), 15.0), ((15, 9), 9.0), ((9, 15), 30.0)])
def test_curvature_is_one_in_the_corners_and_grows_with_the_square(size, width):
    surface = focal_surface(Lens(field_curvature=0.2), ALL, size, 0.5, 1024, width, 0)
    focus = surface.focus
    assert isinstance(focus, np.ndarray)
    assert focus[size[0] // 2, size[1] // 2] == pytest.approx(0.5)
    y, x = (1 - 1 / size[0]) * size[0], (1 - 1 / size[1]) * width
    share = (y**2 + x**2) / (size[0] ** 2 + width**2)
    assert focus[0, 0] == pytest.approx(0.5 + 0.2 * share) and focus[-1, -1] == pytest.approx(focus[0, 0])
    half = (size[0] * (1 - 1 / size[0])) ** 2 / (size[0] ** 2 + width**2)
    assert focus[0, size[1] // 2] == pytest.approx(0.5 + 0.2 * half)


def test_places_are_judged_by_where_they_are_and_limits_hold_everywhere():
    surface = focal_surface(Lens(field_curvature=-0.4), ColourFocus((1,), 0.03), (9, 15), 0.5, 1024, 1024, 0)
    picture = surface.circle_of_confusion(np.full((9, 15), 0.6, np.float32))
    at = np.array([0, 4, 8]), np.array([14, 7, 2])
    np.testing.assert_array_equal(surface.circle_of_confusion(np.full(3, 0.6, np.float32), at), picture[at])
    low, high = surface.limits()
    assert low == surface.circle_of_confusion(np.zeros((9, 15))).min()
    assert high == surface.circle_of_confusion(np.ones((9, 15))).max()
