"""What a lens does to simple things: points, plain areas, sharp planes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.optics import Lens
from anybokeh.render import LayeredRenderer, Shot

from .points import area_at_half_maximum, moments, point_image

SUB_POSITIONS = ((80, 80), (80.5, 80.25), (83.3, 78.6), (86, 81.75))


@pytest.mark.parametrize("radius", [2, 3, 5.2, 7.9, 8.1, 12, 15, 17, 24, 31, 34, 50, 60])
def test_a_point_keeps_its_energy_and_its_place(radius):
    for x, y in SUB_POSITIONS:
        image = point_image(radius, at=(x, y), near=radius > 10)
        assert image.sum() == pytest.approx(1000, rel=0.01)
        assert np.abs(moments(image)[0] - (x, y)).max() < 0.02
        assert abs(_spread_radius(image, x, y) - radius) < max(0.1, 0.015 * radius)


@pytest.mark.parametrize("radius", [2, 3, 5.2, 7.9, 8.1, 12, 15, 17, 34, 50])
def test_a_point_becomes_a_disc_of_the_right_spread(radius):
    for x, y in SUB_POSITIONS:
        assert abs(_spread_radius(point_image(radius, at=(x, y)), x, y) - radius) < 0.1


@pytest.mark.parametrize("radius", [3, 5.2, 7.9, 8.1, 12, 17, 34, 60])
def test_a_disc_has_the_right_radius_at_half_maximum(radius):
    for x, y in SUB_POSITIONS:
        measured = np.sqrt(area_at_half_maximum(point_image(radius, at=(x, y))) / np.pi)
        assert abs(measured - _half_maximum_of_disc(radius, x, y)) < 0.1


def _spread_radius(image: np.ndarray, x: float, y: float) -> float:
    """Radius of the disc with the same second moment; a point between pixels is wider to begin with."""
    spread = np.trace(moments(image)[1]) - sum(part % 1 * (1 - part % 1) for part in (x, y))
    return float(np.sqrt(2 * spread))


def _half_maximum_of_disc(radius: float, x: float, y: float) -> float:
    """What the same measurement says of a disc drawn with 256 points a pixel."""
    fine = (np.arange(161 * 16) + 0.5) / 16 - 0.5
    inside = (fine[:, None] - y) ** 2 + (fine[None, :] - x) ** 2 <= radius**2
    disc = inside.reshape(161, 16, 161, 16).mean((1, 3)).astype(np.float32)
    return float(np.sqrt(area_at_half_maximum(disc) / np.pi))


@pytest.mark.parametrize("radius", [0.4, 2.5, 7, 13, 40])
def test_near_and_far_blur_alike(radius):
    near, far = point_image(radius, near=True), point_image(radius)
    assert np.abs(near - far).max() < 1e-4 * far.max()
    assert far.sum() == pytest.approx(1000, rel=0.01)


@pytest.mark.parametrize(
    "lens",
    [
        Lens(),
        Lens(blades=3, rotation=10),
        Lens(blades=7, roundness=0.5, rim=1.0),
        Lens(rim=-1.0, anamorphic=4.0),
        Lens(anamorphic=0.25),
        Lens(cats_eye=1.0),
        Lens(spherical=0.9, onion=0.7, dust=0.8),
        Lens(axial_colour=0.08, field_curvature=0.3, breathing=0.1),
        Lens(astigmatism=1.0, barndoors=0.9),
    ],
    ids=["disc", "triangle", "bubble", "creamy tall", "wide", "cat's eye", "glass", "curved", "drawn out"],
)
def test_a_constant_image_stays_constant(lens):
    rng = np.random.default_rng(1)
    height, width = 75, 128
    y, x = np.mgrid[0:height, 0:width]
    disparities = np.stack(
        [
            rng.random((height, width)),
            rng.random((height, width)) > 0.5,
            x / width,
            np.hypot(x - 60, y - 40) < 25,
            np.zeros((height, width)),
            np.ones((height, width)),
        ]
    )
    colour = np.array([0.2, 0.5, 0.97], np.float32)[:, None, None]
    frames = np.broadcast_to(colour, (len(disparities), 3, height, width))
    # Up to 64 pixels, as K = 64 on a picture 1024 wide.
    result = LayeredRenderer(lens).render(Shot(frames, disparities, [0.5, 0, 0.3, 1, 1, 0.7], 512))
    assert np.abs(result - colour).max() < 1 / 255


def test_pixels_in_focus_stay_exact_where_no_nearer_blur_reaches():
    rng = np.random.default_rng(2)
    height, width, radius = 90, 128, 11.0
    frame = rng.random((3, height, width))
    disparity = np.full((height, width), 0.5)
    disparity[:, :30] = 0.0
    disparity[30:60, 90:] = 1.0
    result = LayeredRenderer().render(Shot(frame[None], disparity[None], 0.5, radius / 0.5 * 1024 / width))[0]
    # A pixel and, since this disc is drawn at half size, the two cells around it.
    reached = cv2.distanceTransform((disparity < 0.9).astype(np.uint8), cv2.DIST_L2, 5) < radius + 4
    # Pixels at an outline are in focus only in part.
    deep = cv2.distanceTransform((disparity == 0.5).astype(np.uint8), cv2.DIST_L2, 5) > 3
    sharp = (disparity == 0.5) & deep & ~reached
    assert sharp.mean() > 0.3
    assert np.array_equal(result[:, sharp], frame[:, sharp].astype(np.float32))
    assert not np.allclose(result[:, disparity != 0.5], frame[:, disparity != 0.5], atol=0.1)
    assert not np.allclose(
        result[:, (disparity == 0.5) & reached], frame[:, (disparity == 0.5) & reached], atol=0.1
    )


def test_everything_inside_the_focus_range_is_sharp_and_blur_grows_from_its_edge():
    rng = np.random.default_rng(3)
    frame = rng.random((1, 3, 40, 64)).astype(np.float32)
    inside = 0.5 + 0.2 * (rng.random((1, 40, 64)) - 0.5)
    assert np.array_equal(LayeredRenderer().render(Shot(frame, inside, 0.5, 64, 0.101)), frame)
    outside = np.full((1, 40, 64), 0.9)
    with_range = LayeredRenderer().render(Shot(frame, outside, 0.5, 60, 0.1))
    without = LayeredRenderer().render(Shot(frame, outside, 0.5, 45))
    assert np.abs(with_range - without).max() < 0.01


def test_blur_scales_with_the_width():
    """The same scene at twice the size looks the same after it is made smaller."""
    height, width = 120, 192
    y, x = np.mgrid[0:height, 0:width] / 2
    frame = np.stack([0.5 + 0.4 * np.sin(x / 3 + 0.1 * y + phase) for phase in range(3)]).astype(np.float32)
    disparity = np.where(np.hypot(x - 48, y - 30) < 18, 0.9, 0.2 + 0.3 * x / 96).astype(np.float32)
    large_frame, large_disparity = frame.repeat(2, 1).repeat(2, 2), disparity.repeat(2, 0).repeat(2, 1)
    small = LayeredRenderer().render(Shot(frame[None], disparity[None], 0.4, 80))[0]
    large = LayeredRenderer().render(Shot(large_frame[None], large_disparity[None], 0.4, 80))[0]
    halved = large.reshape(3, height, 2, width, 2).mean((2, 4))
    # What hides behind the edge is filled in from cells of a fixed number of pixels, all else agrees closely.
    assert np.median(np.abs(small - halved)) < 0.002
    assert np.sqrt(np.mean((small - halved) ** 2)) < 0.01


@pytest.mark.parametrize("ratio", [0.5, 2.0])
@pytest.mark.parametrize("radius", [7.5, 20])
def test_anamorphic_discs_are_taller_than_wide(ratio, radius):
    _, covariance = moments(point_image(radius, lens=Lens(anamorphic=ratio)))
    assert np.sqrt(covariance[1, 1] / covariance[0, 0]) == pytest.approx(ratio, rel=0.02)
    round_disc = moments(point_image(radius))[1]
    area, round_area = np.sqrt(np.linalg.det(covariance)), np.sqrt(np.linalg.det(round_disc))
    assert area == pytest.approx(round_area, rel=0.03)


@pytest.mark.parametrize(("blades", "rotation"), [(3, 0), (5, 20), (6, 0), (6, 15), (8, 0)])
def test_the_point_image_has_as_many_corners_as_the_aperture_has_blades(blades, rotation):
    image = point_image(30, lens=Lens(blades=blades, rotation=rotation))
    y, x = np.indices(image.shape) - 80
    angle, weight = np.arctan2(y, x), image * np.hypot(x, y) ** 3
    waves = np.array([(weight * np.exp(1j * order * angle)).sum() for order in range(1, blades + 2)])
    assert np.abs(waves).argmax() + 1 == blades
    # The first blade is a side to the right of the centre; its corners lie half a step away, turned with it.
    turn = np.degrees(np.angle(waves[blades - 1])) / blades
    step = 360 / blades
    assert (turn - rotation - step / 2 + step / 2) % step - step / 2 == pytest.approx(0, abs=1.5)


@pytest.mark.slow
def test_cats_eye_clips_towards_the_corners_only():
    lens = Lens(cats_eye=1.0)
    middle, corner = (point_image(6, at=at, size=(121, 211), lens=lens) for at in ((105, 60), (12, 12)))
    plain = point_image(6, at=(105, 60), size=(121, 211))
    assert area_at_half_maximum(middle) > 0.93 * area_at_half_maximum(plain)
    assert area_at_half_maximum(corner) < 0.8 * area_at_half_maximum(plain)
    outwards = np.array([12 - 105, 12 - 60]) / np.hypot(12 - 105, 12 - 60)
    across = np.array([-outwards[1], outwards[0]])
    _, covariance = moments(corner)
    assert outwards @ covariance @ outwards < 0.7 * (across @ covariance @ across)
    # Neighbouring parts of the picture have apertures of slightly different shape.
    assert corner.sum() == pytest.approx(1000, rel=0.05)


@pytest.mark.parametrize("radius", [7.5, 16])
def test_pixel_aspect_makes_discs_round_on_screen(radius):
    wide = moments(point_image(radius, pixel_aspect=2.0))[1]
    assert 2 * np.sqrt(wide[1, 1]) == pytest.approx(radius, rel=0.02)
    assert np.sqrt(wide[1, 1] / wide[0, 0]) == pytest.approx(2, rel=0.02)


def test_linear_light_beyond_white_is_not_clipped():
    frame = np.zeros((1, 3, 40, 64), np.float32)
    frame[..., 20, 32] = 5000
    disparity = np.full((1, 40, 64), 0.25)
    blurred = LayeredRenderer().render(Shot(frame, disparity, 0.5, 160, transfer="linear"))
    assert blurred.max() > 5
    assert blurred.sum() == pytest.approx(frame.sum(), rel=0.01)
    sharp = LayeredRenderer().render(Shot(frame, disparity, 0.25, 160, transfer="linear"))
    assert np.array_equal(sharp, frame)
