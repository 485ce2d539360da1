"""The fast kernels return what their readable twins return."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.repair import lamp_light, lamps, lamps_over_time, rims
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


@pytest.mark.parametrize("shape", SHAPES)
def test_what_lies_around_spots(shape: tuple[int, int]) -> None:
    labels = (np.random.default_rng(3).random(shape) < 0.01).astype(np.int32)
    labels[3:9, 10:12] = -1
    y, x = (one.astype(np.int32) for one in np.nonzero(labels > 0))
    labels[y, x] = np.arange(1, len(y) + 1)
    expected, steps = plain.grown(labels, 8)
    found, distance = labels.copy(), np.zeros(shape)
    rows, columns, of, step = rims.grown(labels, y, x, 8)
    found[rows, columns], distance[rows, columns] = of + 1, step
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(distance, steps)


def test_ground_and_light_of_rims() -> None:
    rng = np.random.default_rng(5)
    count, spots = 900, 5
    code = rng.random((count, 3), np.float32)
    light = rims.linear(code)
    of, step = rng.integers(0, spots - 1, count).astype(np.int32), rng.integers(1, 9, count).astype(np.int32)
    ground, noise = np.zeros((spots, 3), np.float32), np.zeros(spots, np.float32)
    rims._ground(light, of, step, ground, noise)
    expected = plain.ground(light, of, step, spots)
    np.testing.assert_allclose(ground, expected[0], rtol=1e-4)
    np.testing.assert_allclose(noise, expected[1], rtol=1e-4)
    ground *= np.float32(0.3)
    found = np.zeros((spots, 3), np.float32), np.zeros(spots, np.float32)
    rims._rim(code, light, of, step, ground, noise, *found)
    for one, other in zip(found, plain.rim(code, light, of, step, ground, noise), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)


def test_spots_are_followed_to_what_is_like_them() -> None:
    rng = np.random.default_rng(7)
    one, other = (
        (rng.uniform(0, 30, (n, 2)), rng.uniform(1, 20, n), rng.random((n, 3), np.float32)) for n in (40, 30)
    )
    found = np.full(40, -1)
    lamps_over_time._nearest(*one, *other, 8.0, found)
    apart = np.hypot(*(one[0][:, None] - other[0]).transpose(2, 0, 1)) / 8
    unlike = (
        apart + np.abs(one[2][:, None] - other[2]).sum(2) + np.abs(np.log2(one[1][:, None] / other[1])) / 4
    )
    unlike[apart > 1] = np.inf
    np.testing.assert_array_equal(found, np.where(unlike.min(1) < 1.5, unlike.argmin(1), -1))
    assert 0 < (found >= 0).sum() < 40
    alone = lamps_over_time._alone(one[0], other[0], 3.0)
    np.testing.assert_array_equal(alone, (apart > 3 / 8).all(1))


def test_brightest_around_places() -> None:
    picture = np.random.default_rng(8).integers(0, 255, (20, 30, 3), np.uint8)
    places = np.array([[0, 0], [5.6, 7.2], [19, 29], [12.4, 0.2]])
    expected = [
        picture[:2, :2].max(),
        picture[5:8, 6:9].max(),
        picture[18:, 28:].max(),
        picture[11:14, :2].max(),
    ]
    np.testing.assert_array_equal(lamps_over_time._brightest(picture, places), expected)


def test_light_of_pixels() -> None:
    rng = np.random.default_rng(9)
    count, spots = 500, 6
    code = np.minimum(rng.random((count, 3), np.float32) * np.float32(1.4), 1)
    of = rng.integers(0, spots, count).astype(np.int32)
    ground, colour = (
        0.1 * rng.random((spots, 3), np.float32),
        rng.uniform(0.01, 1, (spots, 3)).astype(np.float32),
    )
    off, stops, sure = (
        rng.random(spots, np.float32),
        5 * rng.random(spots, np.float32),
        rng.random(spots, np.float32),
    )
    found = np.empty((count, 3), np.float32)
    lamp_light._stops(code, rims.linear(code), of, ground, colour, off, stops, sure, 6.0, found)
    values = ground[of], colour[of], off[of], stops[of], sure[of]
    expected = plain.lamp_stops(code, rims.linear(code), *values, 6.0)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found.max() > 1
