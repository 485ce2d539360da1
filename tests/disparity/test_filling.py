"""Doubtful values of a map, against a plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.disparity.filling import COLOUR, REACH, STEP, SURE, filled
from anybokeh.runtime.threads import Crew

HEIGHT, WIDTH = 23, 31


def plain(disparity: np.ndarray, confidence: np.ndarray, picture: np.ndarray) -> np.ndarray:
    result = disparity.astype(np.float64)
    colours = picture.astype(np.float64)
    for y, x in np.argwhere(confidence < SURE):
        total = confidence[y, x] * disparity[y, x]
        weights = float(confidence[y, x])
        for down in range(-REACH, REACH + 1):
            for right in range(-REACH, REACH + 1):
                j, i = y + STEP * down, x + STEP * right
                if 0 <= j < HEIGHT and 0 <= i < WIDTH:
                    off = np.square(colours[j, i] - colours[y, x]).mean()
                    weight = confidence[j, i] ** 2 * np.exp(-off / (2 * COLOUR**2)) / (1 + down**2 + right**2)
                    total += weight * disparity[j, i]
                    weights += weight
        result[y, x] = total / weights
    return result


@pytest.mark.parametrize("threads", [1, 3])
def test_as_the_plain_twin(threads: int) -> None:
    rng = np.random.default_rng(0)
    disparity, confidence = rng.random((2, HEIGHT, WIDTH), np.float32)
    confidence += np.float32(0.05)
    picture = rng.integers(100, 130, (HEIGHT, WIDTH, 3), np.uint8)
    with Crew(threads) as crew:
        found = filled(disparity, confidence, picture, crew)
    np.testing.assert_allclose(found, plain(disparity, confidence, picture), atol=0.01)
    sure = confidence >= SURE
    np.testing.assert_array_equal(found[sure], disparity[sure])
    assert np.abs(found - disparity)[~sure].mean() > 0.05


def test_an_outline_comes_from_the_side_that_looks_like_it() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[:, WIDTH // 2 :] = 200
    exact = np.where(picture[..., 0] > 100, np.float32(0.9), np.float32(0.1))
    wrong, confidence = exact.copy(), np.ones_like(exact)
    # the near side reaches too far, and nobody is sure there
    wrong[:, WIDTH // 2 - 3 : WIDTH // 2] = 0.9
    confidence[:, WIDTH // 2 - 3 : WIDTH // 2] = 0
    with Crew(1) as crew:
        np.testing.assert_allclose(filled(wrong, confidence, picture, crew), exact, atol=1e-3)


def test_without_anything_sure_values_stay() -> None:
    rng = np.random.default_rng(1)
    disparity = rng.random((HEIGHT, WIDTH), np.float32)
    with Crew(2) as crew:
        found = filled(disparity, np.zeros_like(disparity), np.zeros((HEIGHT, WIDTH, 3), np.uint8), crew)
    np.testing.assert_allclose(found, disparity, rtol=1e-6)
