"""The fast kernels return what their readable twins return."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.repair import lamps
from anybokeh.repair.colours import Surfaces, relief
from anybokeh.repair.profiles import BANDS, PROFILE_INPUTS, gather_profiles
from repair import plain

SHAPES = [(64, 96), (63, 95), (41, 50), (5, 3)]


def picture_and_map(shape: tuple[int, int]) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    """A smooth picture in [0, 1], and a smooth map in [-10, 10]."""
    rng = np.random.default_rng(7)
    frame = cv2.GaussianBlur(rng.random((*shape, 3), np.float32), (0, 0), 1.5)
    values = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 4)
    return rng, frame, 10 * values / np.abs(values).max()


@pytest.mark.parametrize("shape", SHAPES)
def test_colours_of_surfaces(shape: tuple[int, int]) -> None:
    rng, frame, values = picture_and_map(shape)
    near, far = (values > 3).astype(np.float32) * 0.8, np.maximum(-values / 10, 0)
    y, x = (rng.integers(0, length, 60).astype(np.int32) for length in shape)
    surfaces = Surfaces(frame, near, far, 10)
    expected = plain.surfaces(frame, near, far, 10)
    np.testing.assert_allclose(surfaces.odds(), expected[0], atol=2e-3)
    for found, one in zip(surfaces.at(y, x), expected, strict=True):
        np.testing.assert_allclose(found, one[y, x], atol=2e-3)
    np.testing.assert_allclose(relief(frame), plain.relief(frame), atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_profiles_along_outlines(shape: tuple[int, int]) -> None:
    rng, frame, distance = picture_and_map(shape)
    values = np.ascontiguousarray(frame[..., 0]), np.ascontiguousarray(frame[..., 1])
    outlines = rng.random(shape) < 0.8
    y, x = (rng.integers(0, length, 60).astype(np.int32) for length in shape)
    inputs = np.full((60, 2 + PROFILE_INPUTS), 7, np.float32)
    gather_profiles(distance, outlines, values, y, x, inputs, 2)
    expected = plain.profiles(distance, outlines, values, BANDS, y, x)
    assert (inputs[:, :2] == 7).all()
    np.testing.assert_allclose(inputs[:, 2:], expected.reshape(PROFILE_INPUTS, -1).T, atol=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [0.5, 1.7])
def test_surroundings_of_spots(shape: tuple[int, int], scale: float) -> None:
    rng, frame, _ = picture_and_map(shape)
    luma = np.ascontiguousarray(frame[..., 1])
    clipped = (rng.random(shape) < 0.1).astype(np.uint8)
    centres = rng.random((20, 2)) * (shape[1] - 1, shape[0] - 1)
    found, whole = lamps._surroundings(frame, luma, clipped, centres, scale)
    sides = tuple(2 * max(1, round(radius * scale / 2)) + 1 for radius in (4, 10, 28))
    expected = plain.surroundings(frame, luma, clipped, centres, sides)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    assert whole == pytest.approx(luma[clipped == 0].mean(), rel=1e-3)
