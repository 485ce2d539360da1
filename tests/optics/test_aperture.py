"""Aperture shapes: areas, moments, and their images on the pixel grid."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.errors import InputError
from anybokeh.optics import Lens
from anybokeh.optics.aperture import aperture_kernel, draw_aperture

SHAPES = {
    "disc": Lens(),
    "triangle": Lens(blades=3, rotation=10),
    "hexagon": Lens(blades=6),
    "rounded": Lens(blades=5, roundness=0.5),
    "bubble": Lens(rim=1.0),
    "creamy": Lens(rim=-1.0),
    "tall": Lens(anamorphic=2.0),
    "clipped": Lens(cats_eye=1.0),
    "drawn out": Lens(astigmatism=0.7),
    "between doors": Lens(barndoors=0.6),
    "old glass": Lens(onion=0.8, dust=0.9),
}


@pytest.mark.parametrize("lens", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("radius", [3.0, 7.3, 20.0])
def test_kernels_sum_to_one_and_have_the_shape_s_variance(lens, radius):
    aperture = draw_aperture(lens, field=(0.6, 0.5))
    kernel = aperture_kernel(aperture, radius)
    assert kernel.min() > -1e-9
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    y, x = (np.arange(length) - length // 2 for length in kernel.shape)
    across, down = kernel.sum(0), kernel.sum(1)
    variance = across @ x**2 - (across @ x) ** 2 + down @ y**2 - (down @ y) ** 2
    # Averaging over a pixel adds 1/12 along each axis.
    assert variance == pytest.approx(aperture.moment * radius**2 + 1 / 6, rel=0.03, abs=0.01)


@pytest.mark.parametrize("name", ["disc", "triangle", "hexagon", "rounded", "tall"])
def test_every_shape_has_the_area_of_the_disc_it_replaces(name):
    kernel = aperture_kernel(draw_aperture(SHAPES[name]), 40)
    assert (kernel > kernel.max() / 2).sum() == pytest.approx(np.pi * 40**2, rel=0.05)


def test_moments_known_from_geometry():
    assert draw_aperture(Lens()).moment == pytest.approx(0.5, rel=1e-3)
    # Polar moment over area of a regular polygon of n sides and area pi.
    n = 4
    step = np.pi / n
    expected = np.pi / (2 * n) * (1 / 3 * np.tan(step) + 1 / np.tan(step))
    assert draw_aperture(Lens(blades=n)).moment == pytest.approx(expected, rel=5e-3)
    # Squeezing by s along one axis and stretching along the other: (s + 1/s) / 4.
    assert draw_aperture(Lens(anamorphic=2.0)).moment == pytest.approx((2 + 0.5) / 4, rel=1e-3)


def test_rim_weighting_moves_light_outwards():
    moments = [draw_aperture(Lens(rim=rim)).moment for rim in (-1, 0, 1)]
    assert moments == sorted(moments)
    assert moments[2] - moments[0] > 0.1


@pytest.mark.parametrize(
    "lens", [Lens(cats_eye=0.9), Lens(barndoors=0.8), Lens(barndoors=0.5, astigmatism=-0.5)]
)
def test_what_is_cut_stays_where_the_point_is(lens):
    kernel = aperture_kernel(draw_aperture(lens, field=(0.7, -0.4)), 30)
    y, x = (np.arange(length) - length // 2 for length in kernel.shape)
    assert abs(kernel.sum(0) @ x) < 0.1 and abs(kernel.sum(1) @ y) < 0.1


def test_an_aperture_before_the_focal_plane_differs_by_its_rim_alone():
    lens = Lens(rim=0.2, spherical=0.5)
    for near, rim in ((False, 0.7), (True, -0.3)):
        np.testing.assert_array_equal(
            draw_aperture(lens, near=near).table, draw_aperture(Lens(rim=rim)).table
        )


def test_pixel_aspect_narrows_the_stored_disc():
    kernel = aperture_kernel(draw_aperture(Lens(), pixel_aspect=2.0), 20)
    assert kernel.shape[0] == pytest.approx(2 * kernel.shape[1], abs=3)


def test_cats_eye_is_round_in_the_middle_and_narrow_towards_the_corner():
    lens = Lens(cats_eye=1.0)
    assert draw_aperture(lens).moment == draw_aperture(Lens()).moment
    kernel = aperture_kernel(draw_aperture(lens, field=(1.0, 0.0)), 30)
    open_part = kernel > kernel.max() / 2
    # Two discs one radius apart overlap in a lens one radius wide and the root of three high.
    assert open_part.any(0).sum() == pytest.approx(30, abs=2)
    assert open_part.any(1).sum() == pytest.approx(30 * 3**0.5, abs=2)


def test_image_aperture(tmp_path):
    import cv2

    picture = np.zeros((64, 64), np.uint8)
    picture[:32] = 255
    cv2.imwrite(str(tmp_path / "half.png"), picture)
    kernel = aperture_kernel(draw_aperture(Lens(image=tmp_path / "half.png")), 20)
    middle = kernel.shape[0] // 2
    assert kernel[:middle].sum() > 0.95
    turned = aperture_kernel(draw_aperture(Lens(image=tmp_path / "half.png", rotation=90)), 20)
    # Clockwise on screen: what was open above opens to the right.
    assert turned[:, turned.shape[1] // 2 + 1 :].sum() > 0.95


def test_black_or_broken_image_is_refused(tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((8, 8), np.uint8))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="black"):
        draw_aperture(Lens(image=tmp_path / "black.png"))
    with pytest.raises(InputError, match="cannot be read"):
        draw_aperture(Lens(image=tmp_path / "broken.png"))
