"""Circles of confusion against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import circle_of_confusion, signed_circle_of_confusion


@pytest.mark.parametrize(
    ("disparity", "focus", "blur", "width", "focus_range", "radius"),
    [
        (0.75, 0.5, 16, 1024, 0.0, 4.0),
        (0.25, 0.5, 16, 1024, 0.0, -4.0),
        (0.75, 0.5, 16, 2048, 0.0, 8.0),
        (1.0, 0.0, 64, 1024, 0.0, 64.0),
        (0.75, 0.5, 16, 1024, 0.125, 2.0),
        (0.25, 0.5, 16, 1024, 0.125, -2.0),
        (0.6, 0.5, 16, 1024, 0.125, 0.0),
        (0.5, 0.5, 512, 8192, 0.0, 0.0),
        (0.9, 0.1, 0, 1024, 0.0, 0.0),
    ],
)
def test_radius(disparity, focus, blur, width, focus_range, radius):
    arguments = (np.array([disparity]), focus, blur, width, focus_range)
    assert signed_circle_of_confusion(*arguments)[0] == pytest.approx(radius, abs=1e-5)
    assert circle_of_confusion(*arguments)[0] == pytest.approx(abs(radius), abs=1e-5)


def test_shape_and_type_are_those_of_a_disparity_map():
    result = signed_circle_of_confusion(np.zeros((2, 3, 4)), 0.5, 16, 640)
    assert result.shape == (2, 3, 4)
    assert result.dtype == np.float32
