"""Grain is measured where its true strength and spectrum are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anybokeh.finish import Grain, measure_grain

SHAPE = 240, 320
Y, X = np.mgrid[: SHAPE[0], : SHAPE[1]]


def noise(rng: np.random.Generator, softness: float = 0.0) -> np.ndarray:
    """White or soft noise of deviation 1, (height, width, 3)."""
    white = rng.standard_normal((*SHAPE, 3)).astype(np.float32)
    if softness == 0:
        return white
    soft = cv2.GaussianBlur(white, (0, 0), softness)
    return soft / soft.std()


def stored(picture: np.ndarray) -> np.ndarray:
    return (np.round(np.clip(picture, 0, 1) * 255) / 255).astype(np.float32)


def pairs_of(picture: np.ndarray, deviation: np.ndarray | float, softness: float = 0.0, moments: int = 2):
    """Consecutive pictures of a static scene with grain."""
    rng = np.random.default_rng(5)
    return [
        tuple(stored(picture + deviation * noise(rng, softness)) for _ in range(2)) for _ in range(moments)
    ]


def slope() -> np.ndarray:
    return np.stack([0.2 + 0.6 * X / SHAPE[1], 0.3 + 0.4 * Y / SHAPE[0], 0.5 + 0 * X], -1)


@pytest.mark.parametrize("softness", [0.0, 0.6, 1.0])
def test_the_deviation_is_found(softness: float) -> None:
    grain = measure_grain(pairs_of(slope(), 3 / 255, softness))
    assert grain is not None
    assert grain.deviation[8:24] * 255 == pytest.approx(3, rel=0.1)


def test_it_is_found_by_channel_and_brightness() -> None:
    picture = slope()
    deviation = (1 + 4 * picture) * np.array([1.0, 0.5, 1.5]) / 255
    grain = measure_grain(pairs_of(picture, deviation))
    assert grain is not None
    for channel, factor, level in ((0, 1.0, 10), (0, 1.0, 22), (1, 0.5, 14), (2, 1.5, 16)):
        expected = (1 + 4 * level / 31) * factor
        assert grain.deviation[level, channel] * 255 == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("softness", [0.0, 0.8])
def test_what_is_drawn_has_the_spectrum(softness: float) -> None:
    grain = measure_grain(pairs_of(slope(), 4 / 255, softness, moments=4))
    assert grain is not None
    true = noise(np.random.default_rng(9), softness)[..., 1]
    expected, found = _radial(true), _radial(grain.field[1])
    assert found == pytest.approx(expected, rel=0.15)


def _radial(field: np.ndarray) -> np.ndarray:
    """Power in rings of frequency that hold anything."""
    power = np.abs(np.fft.fft2(field)) ** 2 / field.size
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(field.shape[1]), np.fft.fftfreq(field.shape[0])))
    return np.array(
        [power[(frequency >= low) & (frequency < low + 0.07)].mean() for low in (0.08, 0.15, 0.22)]
    )


def test_channels_that_vary_together_are_drawn_together() -> None:
    rng = np.random.default_rng(1)
    pairs = [
        tuple(stored(0.5 + rng.standard_normal((*SHAPE, 1)) * np.array([3, 3, 3]) / 255) for _ in range(2))
        for _ in range(2)
    ]
    grain = measure_grain(pairs)
    assert grain is not None
    assert np.corrcoef(grain.field[0].ravel(), grain.field[2].ravel())[0, 1] > 0.95


def test_a_clean_clip_has_none() -> None:
    assert measure_grain(pairs_of(slope(), 0)) is None


def test_texture_that_stays_is_none() -> None:
    texture = slope() + 0.05 * noise(np.random.default_rng(2), 0.7)
    assert measure_grain(pairs_of(texture, 0)) is None


def test_grain_over_texture_is_grain_alone() -> None:
    texture = slope() + 0.05 * noise(np.random.default_rng(2), 0.7)
    grain = measure_grain(pairs_of(texture, 2 / 255))
    assert grain is not None
    assert grain.deviation[10:20].mean() * 255 == pytest.approx(2, rel=0.25)


def test_repeated_pictures_do_not_hide_it() -> None:
    pairs = [(one, one) for one, _ in pairs_of(slope(), 3 / 255, moments=4)]
    grain = measure_grain(pairs)
    assert grain is not None
    assert grain.deviation[8:24] * 255 == pytest.approx(3, rel=0.1)


def test_ten_bits_have_finer_grain() -> None:
    rng = np.random.default_rng(3)
    pairs = [
        tuple(
            (np.round((0.5 + 0.6 / 255 * rng.standard_normal((*SHAPE, 3))) * 1023) / 1023).astype(np.float32)
            for _ in range(2)
        )
        for _ in range(2)
    ]
    grain = measure_grain(pairs, 10)
    assert grain is not None
    assert grain.deviation[16] * 255 == pytest.approx(0.6, rel=0.1)


@pytest.mark.parametrize("shape", [(8, 8), (16, 16), (17, 40)])
def test_tiny_pictures_have_none(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).random((*shape, 3)).astype(np.float32)
    assert measure_grain([(picture, picture)]) is None


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_black_and_white_have_none(value: float) -> None:
    picture = np.full((*SHAPE, 3), value, np.float32)
    assert measure_grain([(picture, picture), (picture, picture)]) is None


def test_no_moment_is_none() -> None:
    assert measure_grain([]) is None


def test_less_of_it() -> None:
    grain = Grain(np.full((32, 3), 0.01, np.float32), np.eye(3), np.ones((3, 16, 16)), 4)
    assert grain.scaled(0.5).deviation == pytest.approx(0.005)
    assert np.array_equal(grain.scaled(0.5).field, grain.field)
