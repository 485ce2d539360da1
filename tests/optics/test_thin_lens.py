"""Blur from the aperture, held against depth of field as it is published.

The textbook: hyperfocal distance H = f^2 / (N c) + f, near limit s (H - f) / (H + s - 2 f), far limit
s (H - f) / (H - s). The circle of confusion of this package must be c at these limits and nowhere between.
"""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import circle_of_confusion
from anybokeh.optics.thin_lens import blur_at_f1

C = 0.03
"""Millimetres, for 35 mm film."""
WIDTH = 2048


def hyperfocal(focal_length: float, f_number: float, c: float = C) -> float:
    """Millimetres."""
    return focal_length**2 / (f_number * c) + focal_length


def limits(focal_length: float, f_number: float, c: float, distance: float) -> tuple[float, float]:
    """Millimetres."""
    far_off = hyperfocal(focal_length, f_number, c) - focal_length
    near = distance * far_off / (far_off + distance - focal_length)
    far = distance * far_off / (far_off + focal_length - distance)
    return near, far


def diameter(focal_length: float, f_number: float, focus: float, metres: float, span: float = 2.0) -> float:
    """Millimetres on a sensor 36 mm wide of the circle of a point, by way of disparity and K."""
    blur = blur_at_f1(focal_length, 36.0, 1 / focus, span) / f_number
    radius = circle_of_confusion(np.array([1 / metres / span]), 1 / focus / span, blur, WIDTH)
    return float(radius[0]) * 2 / WIDTH * 36


@pytest.mark.parametrize(
    ("focal_length", "f_number", "c", "distance", "near", "far"),
    [
        # as calculators and textbooks have them, in metres; the second for 6 x 7 cm
        (50.0, 1.8, 0.03, 2.0, 1.92, 2.09),
        (90.0, 2.8, 0.059, 2.0, 1.921, 2.085),
        (85.0, 1.4, 0.03, 3.0, 2.95, 3.05),
    ],
)
def test_the_limits_of_depth_of_field(
    focal_length: float, f_number: float, c: float, distance: float, near: float, far: float
) -> None:
    exact = np.array(limits(focal_length, f_number, c, distance * 1000)) / 1000
    assert exact == pytest.approx([near, far], abs=0.006)
    for limit in exact:
        assert diameter(focal_length, f_number, distance, limit) == pytest.approx(c, rel=1e-4)
    assert diameter(focal_length, f_number, distance, exact[0] * 0.99) > c
    assert diameter(focal_length, f_number, distance, exact[1] * 1.01) > c
    assert diameter(focal_length, f_number, distance, distance) == 0


def test_the_hyperfocal_distance_makes_infinity_just_sharp() -> None:
    # 50 mm at f/8: 10,467 mm, the usual example
    far_off = hyperfocal(50, 8) / 1000
    assert far_off == pytest.approx(10.467, abs=1e-3)
    assert hyperfocal(35, 11) == pytest.approx(3712 + 35, abs=1)
    assert diameter(50, 8, far_off, np.inf) == pytest.approx(C, rel=1e-4)
    # what lies at half of it is as sharp
    assert diameter(50, 8, far_off, far_off / 2) == pytest.approx(C, rel=1e-4)


def test_it_is_the_thin_lens_of_gauss() -> None:
    """Image distances by 1 / f = 1 / object + 1 / image, and the cone of light cut where the sensor is."""
    f, n, focus, metres = 85.0, 2.0, 1.5, 0.7
    sensor = 1 / (1 / f - 1 / (focus * 1000))
    image = 1 / (1 / f - 1 / (metres * 1000))
    cone = f / n * abs(sensor - image) / image
    assert diameter(f, n, focus, metres) == pytest.approx(cone, rel=1e-4)


def test_how_disparity_is_scaled_does_not_matter() -> None:
    found = [diameter(50, 1.8, 2, 5, span) for span in (0.6, 1.0, 3.0)]
    assert found == pytest.approx([found[0]] * 3, rel=1e-4)


def test_an_upright_picture_covers_less_of_the_sensor_with_its_width() -> None:
    across, upright = blur_at_f1(50, 36, 0.5, 1, 16 / 9), blur_at_f1(50, 36, 0.5, 1, 9 / 16)
    # the radius in pixels, K * width, is that of the camera turned by a quarter
    assert upright * 9 == pytest.approx(across * 16)
    assert across == blur_at_f1(50, 36, 0.5, 1)


def test_many_focal_planes_at_once() -> None:
    nearness = np.array([0.0, 0.5, 2.0])
    assert blur_at_f1(50, 36, nearness, 1) == pytest.approx([blur_at_f1(50, 36, one, 1) for one in nearness])
