"""Edge-aware resizing against maps whose edges are known at full size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.disparity.resize import resize_disparity

HEIGHT, WIDTH = 288, 512


def scene(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A textured picture (HEIGHT, WIDTH, 3) uint8 of discs over a slanted ground, and its exact disparity."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    disparity = 0.1 + 0.3 * y / HEIGHT
    picture = np.full((HEIGHT, WIDTH, 3), (90, 120, 70), np.float32)
    for _ in range(10):
        inside = (x - rng.uniform(0, WIDTH)) ** 2 + (y - rng.uniform(0, HEIGHT)) ** 2 < rng.uniform(
            8, 60
        ) ** 2
        disparity[inside] = rng.uniform(0.5, 0.9)
        picture[inside] = rng.uniform(20, 235, 3)
    texture = cv2.GaussianBlur(rng.normal(0, 1, picture.shape).astype(np.float32), (0, 0), 1.5)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6) + 15 * texture / texture.std()
    return picture.clip(0, 255).astype(np.uint8), disparity


def errors(result: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Mean absolute error near edges, and the share of all pixels that are wrong by more than 0.05."""
    near_edge = cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, np.ones((9, 9))) > 0.1
    error = np.abs(result - truth)
    return float(error[near_edge].mean()), float((error > 0.05).mean())


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("reduction", [cv2.INTER_AREA, cv2.INTER_NEAREST])
def test_edges_are_put_where_the_picture_has_them(factor, reduction):
    for seed in range(3):
        picture, truth = scene(seed)
        small = cv2.resize(truth, (WIDTH // factor, HEIGHT // factor), interpolation=reduction)
        mean, wrong = errors(resize_disparity(small, picture), truth)
        for plain in (cv2.INTER_LINEAR, cv2.INTER_CUBIC):
            plain_mean, plain_wrong = errors(cv2.resize(small, (WIDTH, HEIGHT), interpolation=plain), truth)
            assert mean < 0.7 * plain_mean
            assert wrong < 0.7 * plain_wrong


def test_no_value_between_two_surfaces():
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    truth = np.full((HEIGHT, WIDTH), 0.2, np.float32)
    picture[:, 203:] = 200
    truth[:, 203:] = 0.8
    small = truth[::4, ::4]
    result = resize_disparity(small, picture)
    assert np.isclose(result, 0.2).sum() + np.isclose(result, 0.8).sum() == result.size
    assert (np.abs(result - truth) > 0.1).mean(axis=0).sum() <= 1


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_the_thinnest_line_of_the_map_survives(factor):
    small = np.full((HEIGHT // factor, WIDTH // factor), 0.2, np.float32)
    small[:, 20] = 0.8
    truth = np.repeat(np.repeat(small, factor, axis=0), factor, axis=1)
    picture = np.where(truth[..., None] > 0.5, 200, 60).repeat(3, axis=2)
    picture += np.random.default_rng(0).integers(-20, 20, picture.shape)
    np.testing.assert_allclose(resize_disparity(small, picture.astype(np.uint8)), truth, atol=1e-5)


def test_sixteen_bit_pictures_guide_the_same():
    picture, truth = scene(1)
    small = cv2.resize(truth, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA)
    wide = picture.astype(np.uint16) * 257
    np.testing.assert_allclose(resize_disparity(small, wide), resize_disparity(small, picture), atol=1e-6)


@pytest.mark.parametrize("size", [(HEIGHT, WIDTH), (70, 123)])
def test_slopes_stay_smooth(size):
    small = np.tile(np.linspace(0.1, 0.9, 128, dtype=np.float32), (72, 1))
    noise = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    result = resize_disparity(small, noise)
    plain = cv2.resize(small, size[::-1], interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(result, plain, atol=0.004)


@pytest.mark.parametrize("shape", [(144, 256), (192, 341), (100, 178), (287, 511)])
def test_larger_maps_are_reduced_without_mixing_surfaces(shape):
    height, width = shape
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    large = np.where((x - 250) ** 2 + (y - 140) ** 2 < 90**2, np.float32(0.8), np.float32(0.2))
    result = resize_disparity(large, np.zeros((height, width, 3), np.uint8))
    assert result.shape == shape
    assert np.isclose(result, 0.2).sum() + np.isclose(result, 0.8).sum() == result.size
    area = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    clear = np.abs(area - 0.5) > 0.05
    np.testing.assert_array_equal(result[clear] > 0.5, area[clear] > 0.5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (2, 3)])
def test_tiny_maps(shape):
    result = resize_disparity(np.full(shape, 0.25, np.float32), np.zeros((9, 16, 3), np.uint8))
    np.testing.assert_allclose(result, 0.25)


@pytest.mark.parametrize("size", [(288, 512), (201, 390), (143, 257), (500, 1000)])
def test_wanted_pixels_are_as_in_the_whole(size):
    picture, truth = scene(1)
    picture = cv2.resize(picture, size[::-1])
    small = truth[::3, ::3]
    where = (np.random.default_rng(0).random(small.shape) < 0.05).astype(np.uint8)
    some, whole = resize_disparity(small, picture, where), resize_disparity(small, picture)
    chosen = cv2.resize(where, size[::-1], interpolation=cv2.INTER_NEAREST) > 0
    np.testing.assert_array_equal(some[chosen], whole[chosen])
    assert (some != whole).any()


def test_edges_stay_soft_for_what_decides_later() -> None:
    picture, truth = scene(0)
    small = cv2.resize(truth, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
    result = resize_disparity(small, picture, edges=False)
    plain = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(result, plain)
