"""What makes lenses differ, on points of light whose image is known."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.optics.aperture import aperture_kernel, draw_aperture
from anybokeh.render import LayeredRenderer, Shot
from anybokeh.render.breathing import breathe

from .points import area_at_half_maximum, moments, point_image, point_picture

SIZE = (121, 211)
CORNER = (200, 10)
MIDDLE = (105, 60)


def spread_radius(image: np.ndarray) -> float:
    """Radius of the disc with the same second moment."""
    return float(np.sqrt(2 * np.trace(moments(image)[1])))


def pictured(disparity: float, focus: float, lens: Lens, radius: float = 30.0, at=MIDDLE) -> np.ndarray:
    """(3, height, width) of a point of light; radius: at a disparity of 1 away from the focus."""
    frame = np.zeros((1, 3, *SIZE), np.float32)
    frame[..., at[1], at[0]] = 1000
    flat = np.full((1, *SIZE), disparity)
    shot = Shot(frame, flat, focus, radius * 1024 / SIZE[1], transfer="linear")
    return LayeredRenderer(lens).render(shot)[0]


@pytest.mark.parametrize("shift", [0.1, 0.05, -0.1])
@pytest.mark.parametrize(("disparity", "focus"), [(0.1, 0.5), (0.9, 0.4), (0.25, 0.75)])
def test_red_and_blue_are_focused_farther_away_than_green(shift, disparity, focus):
    red, green, blue = pictured(disparity, focus, Lens(axial_colour=shift))
    assert np.array_equal(red, blue)
    assert red.sum() == pytest.approx(1000, rel=0.01) and green.sum() == pytest.approx(1000, rel=0.01)
    assert spread_radius(green) == pytest.approx(30 * abs(disparity - focus), abs=0.1)
    assert spread_radius(red) == pytest.approx(30 * abs(disparity - focus + shift), abs=0.1)
    # magenta fringes before, green ones behind
    assert (spread_radius(red) > spread_radius(green)) == (shift * (disparity - focus) > 0)


def test_green_stays_exact_where_it_is_in_focus_and_a_range_keeps_all_colours():
    lens = Lens(axial_colour=0.05)
    red, green, _ = pictured(0.5, 0.5, lens)
    assert green.max() == 1000 and (green > 0).sum() == 1
    assert spread_radius(red) == pytest.approx(1.5, abs=0.1)
    rng = np.random.default_rng(1)
    frame = rng.random((1, 3, 20, 30)).astype(np.float32)
    shot = Shot(frame, np.full((1, 20, 30), 0.5), 0.5, 200, 0.06)
    assert np.array_equal(LayeredRenderer(lens).render(shot), frame)


@pytest.mark.parametrize("bend", [0.3, -0.3])
def test_a_bent_focal_plane_is_sharp_nearer_in_the_corners(bend):
    lens = Lens(field_curvature=bend)
    y, x = (np.array([CORNER[1], CORNER[0]]) + 0.5) / SIZE * 2 - 1
    squared = ((y * SIZE[0]) ** 2 + (x * SIZE[1]) ** 2) / (SIZE[0] ** 2 + SIZE[1] ** 2)
    corner = pictured(0.5 + bend * squared, 0.5, lens, at=CORNER)[0]
    assert corner.max() > 990
    middle = pictured(0.5 + bend * squared, 0.5, lens)[0]
    assert spread_radius(middle) == pytest.approx(30 * abs(bend) * squared, abs=0.1)
    # and what lies on the plane itself is blurred there
    assert spread_radius(pictured(0.5, 0.5, lens, at=CORNER)[0]) == pytest.approx(
        spread_radius(middle), abs=0.5
    )


@pytest.mark.parametrize("strength", [0.8, -0.5])
@pytest.mark.parametrize("radius", [6, 20])
def test_the_rim_changes_sides_at_the_focal_plane(strength, radius):
    for near, rim in ((False, strength), (True, -strength)):
        image = point_image(radius, near=near, lens=Lens(spherical=strength))
        assert image.sum() == pytest.approx(1000, rel=0.01)
        same = point_image(radius, near=near, lens=Lens(rim=rim))
        np.testing.assert_allclose(image, same, atol=1e-4 * same.max())
    y, x = np.indices((161, 161)) - 80
    # half of a disc's area lies beyond; with a rim of s, 1/2 + s/4 of its light
    share = point_image(40, lens=Lens(spherical=strength))[np.hypot(x, y) > 40 / 2**0.5].sum() / 1000
    assert share == pytest.approx(0.5 + strength / 4, abs=0.02)


def test_spherical_aberration_adds_to_the_rim_that_there_is():
    far = point_image(12, lens=Lens(rim=-0.3, spherical=0.5))
    np.testing.assert_allclose(far, point_image(12, lens=Lens(rim=0.2)), atol=1e-4 * far.max())


@pytest.mark.slow
@pytest.mark.parametrize("strength", [1.0, -1.0])
def test_astigmatism_draws_discs_out_around_the_middle_or_away_from_it(strength):
    lens = Lens(astigmatism=strength)
    round_disc = moments(point_image(6, size=SIZE))[1]
    corner = point_image(6, at=CORNER, size=SIZE, lens=lens)
    assert corner.sum() == pytest.approx(1000, rel=0.02)
    covariance = moments(corner)[1]
    outwards = np.array(CORNER) - MIDDLE
    outwards = outwards / np.hypot(*outwards)
    around = np.array([-outwards[1], outwards[0]])
    ratio = np.sqrt((around @ covariance @ around) / (outwards @ covariance @ outwards))
    # twice in the very corner; the picture is drawn in 13 x 7 fields
    assert ratio == pytest.approx(2 ** (strength * 0.88), rel=0.08)
    assert np.linalg.det(covariance) == pytest.approx(np.linalg.det(round_disc), rel=0.1)
    middle = moments(point_image(6, at=MIDDLE, size=SIZE, lens=lens))[1]
    assert np.sqrt(middle[0, 0] / middle[1, 1]) == pytest.approx(1, abs=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(121, 211), (211, 121)])
def test_the_stretch_goes_by_the_shape_of_the_picture(size):
    height, width = size
    at = np.array([int(0.9 * width), int(0.1 * height)])
    covariance = moments(point_image(6, at=(at[0], at[1]), size=size, lens=Lens(astigmatism=1)))[1]
    longest = np.linalg.eigh(covariance)[1][:, 1]
    outwards = at - np.array([width, height]) / 2
    assert abs(longest @ outwards) / np.hypot(*outwards) < 0.1


@pytest.mark.slow
def test_barndoors_cut_straight_towards_the_edges_only():
    lens = Lens(barndoors=1.0)
    whole = area_at_half_maximum(point_image(6, size=SIZE))
    assert area_at_half_maximum(point_image(6, at=MIDDLE, size=SIZE, lens=lens)) > 0.95 * whole
    for at, axis, side in (((195, 60), 1, 1), ((15, 60), 1, -1), ((105, 112), 0, 1), ((105, 8), 0, -1)):
        for near in (False, True):
            image = point_image(6, at=at, size=SIZE, lens=lens, near=near)
            assert image.sum() == pytest.approx(1000, rel=0.03)
            assert np.abs(moments(image)[0] - at).max() < 0.6
            # the side that is cut ends at once, the other one is round; before the focus they are exchanged
            profile = image.sum(1 - axis)
            outer = profile[::-1] if (side > 0) != near else profile
            rise = [int(np.argmax(one > 0.05 * one.max())) for one in (outer, outer[::-1])]
            steep = [
                one[first + 2] / one.max() for first, one in zip(rise, (outer, outer[::-1]), strict=True)
            ]
            assert steep[0] > 0.85 and steep[1] < 0.85


@pytest.mark.parametrize(
    "lens",
    [Lens(cats_eye=0.8), Lens(barndoors=0.6), Lens(cats_eye=0.6, field_curvature=0.15, astigmatism=0.5)],
)
@pytest.mark.slow
def test_cut_discs_keep_the_light_of_every_lamp(lens):
    frame = np.zeros((1, 3, 180, 320), np.float32)
    frame[..., 20::28, 20::28] = 1000
    shot = Shot(frame, np.zeros((1, 180, 320)), 0.5, 12 / 0.5 * 1024 / 320, transfer="linear")
    image = LayeredRenderer(lens).render(shot)[0]
    # 0.94 where they crowd towards the middle of the picture
    assert image.sum() == pytest.approx(frame.sum(), rel=0.01)


def test_rings_and_dust_are_where_the_aperture_has_them():
    y, x = np.indices((161, 161)) - 80
    distance = np.hypot(x, y) / 60
    image = point_image(60, lens=Lens(onion=1.0))
    assert image.sum() == pytest.approx(1000, rel=0.01)
    ring = [image[np.abs(distance - at) < 0.03].mean() for at in (0.25, 0.375, 0.5, 0.625, 0.75)]
    assert min(ring[0], ring[2], ring[4]) > 1.1 * max(ring[1], ring[3])
    dusty = Lens(dust=1.0)
    image = point_image(60, lens=dusty)
    kernel = 1000 * aperture_kernel(draw_aperture(dusty), 60)
    middle = kernel.shape[0] // 2
    reach = min(middle, 80)
    seen = image[80 - reach : 81 + reach, 80 - reach : 81 + reach]
    wanted = kernel[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    inside = distance[80 - reach : 81 + reach, 80 - reach : 81 + reach] < 0.9
    assert np.corrcoef(seen[inside], wanted[inside])[0, 1] > 0.9
    assert wanted[inside].min() < 0.5 * wanted[inside].max()


@pytest.mark.parametrize(("share", "focus", "scale"), [(0.2, 1.0, 1.2), (0.2, 0.5, 1.1), (-0.1, 0.0, 1.1)])
def test_the_picture_grows_about_its_middle(share, focus, scale):
    y, x = np.mgrid[0:61, 0:101]
    spot = np.exp(-((x - 70) ** 2 + (y - 40) ** 2) / 8).astype(np.float32)
    frame = np.repeat(spot[None, None], 3, axis=1)
    shot = Shot(frame, np.full((1, 61, 101), focus), focus, 16, transfer="linear")
    image = LayeredRenderer(Lens(breathing=share)).render(shot)[0, 0]
    place = moments(image)[0]
    np.testing.assert_allclose(place, (50 + 20 * scale, 30 + 10 * scale), atol=0.02)
    assert image.sum() == pytest.approx(scale**2 * spot.sum(), rel=0.02)


@pytest.mark.parametrize(("share", "focus"), [(0.0, 0.7), (0.2, 0.0), (-0.2, 1.0)])
def test_a_picture_that_does_not_grow_is_the_picture_itself(share, focus):
    picture = np.random.default_rng(1).random((3, 9, 12)).astype(np.float32)
    assert breathe(picture, Lens(breathing=share), focus) is picture


def test_a_name_alone_changes_nothing():
    plain, named = (point_picture(9, lens=lens) for lens in (Lens(), Lens(name="mine")))
    assert np.array_equal(plain, named)
