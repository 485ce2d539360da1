"""Rivals blur by the stated radius, keep energy and focus, and each has the property that tells it apart."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.evaluation.baselines import (
    BASELINES,
    Baseline,
    disc_filtered_layers,
    gather,
    gaussian_by_depth,
    inpainted_layers,
    plane_sweep,
    scatter_without_layers,
)
from anybokeh.evaluation.baselines.inpainting import pull_push

EVERY = pytest.mark.parametrize("blur", BASELINES.values(), ids=BASELINES.keys())
BLURRING = pytest.mark.parametrize(
    "blur", [blur for name, blur in BASELINES.items() if name != "all in focus"], ids=list(BASELINES)[1:]
)
SIZE = 56, 72


def steps_and_slopes() -> np.ndarray:
    """Near, in focus and far, slanted, with an edge in each direction."""
    coc = np.tile(np.linspace(-9, 6, SIZE[1], dtype=np.float32), (SIZE[0], 1))
    coc[10:30, 8:25] = 8
    coc[20:50, 40:60] = 0
    return coc


@EVERY
def test_a_constant_picture_stays(blur: Baseline) -> None:
    light = np.broadcast_to(np.array([0.2, 1.5, 0.0], np.float32), (*SIZE, 3)).copy()
    np.testing.assert_allclose(blur(light, steps_and_slopes()), light, atol=2e-5)


@EVERY
def test_what_is_in_focus_stays(blur: Baseline) -> None:
    light = np.random.default_rng(1).random((*SIZE, 3), dtype=np.float32)
    result = blur(light, np.zeros(SIZE, np.float32))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, light, atol=1e-6)


@BLURRING
@pytest.mark.parametrize("coc", [7.0, -7.0, 12.4])
def test_a_point_becomes_a_disc_of_the_stated_radius(blur: Baseline, coc: float) -> None:
    light = np.zeros((*SIZE, 3), np.float32)
    light[28, 36] = 100
    result = blur(light, np.full(SIZE, coc, np.float32))[..., 1].astype(np.float64)
    y, x = np.indices(SIZE)
    assert result.sum() == pytest.approx(100, rel=0.02)
    weight = result / result.sum()
    variance = (weight * ((x - 36) ** 2 + (y - 28) ** 2)).sum() / 2
    # A disc has a variance of r^2 / 4 on each axis, the pixel adds its own.
    assert 2 * np.sqrt(variance - 1 / 12) == pytest.approx(abs(coc), rel=0.03)


@BLURRING
def test_a_point_becomes_an_even_disc_but_for_the_gaussian(blur: Baseline) -> None:
    light = np.zeros((*SIZE, 3), np.float32)
    light[28, 36] = 100
    result = blur(light, np.full(SIZE, 8, np.float32))[..., 0]
    peak_over_disc = result[28, 36] * np.pi * 64 / 100
    assert peak_over_disc == pytest.approx(2 if blur is gaussian_by_depth else 1, rel=0.03)


def bright_wall_behind_a_dark_subject() -> tuple[np.ndarray, np.ndarray]:
    """The subject, in focus, fills the columns from 36; the wall is blurred by 8 pixels."""
    light, coc = np.ones((*SIZE, 3), np.float32), np.full(SIZE, -8, np.float32)
    light[:, 36:], coc[:, 36:] = 0, 0
    return light, coc


@pytest.mark.parametrize("blur", [gather, disc_filtered_layers, plane_sweep, inpainted_layers])
def test_a_blurred_background_does_not_leak_onto_the_subject(blur: Baseline) -> None:
    result = blur(*bright_wall_behind_a_dark_subject())
    assert result[:, 37:].max() < 0.02


def test_without_layers_the_background_leaks_onto_the_subject() -> None:
    result = scatter_without_layers(*bright_wall_behind_a_dark_subject())
    assert result[28, 38, 0] > 0.2


@pytest.mark.parametrize("blur", [plane_sweep, inpainted_layers])
def test_completed_backgrounds_leave_no_fringe_of_the_subject_behind_it(blur: Baseline) -> None:
    result = blur(*bright_wall_behind_a_dark_subject())
    np.testing.assert_allclose(result[:, :34], 1, atol=0.02)


def dark_wire_before_a_bright_wall() -> tuple[np.ndarray, np.ndarray]:
    """The wire, three pixels wide, is blurred by 8; the wall is in focus."""
    light, coc = np.ones((*SIZE, 3), np.float32), np.zeros(SIZE, np.float32)
    light[:, 35:38], coc[:, 35:38] = 0, 8
    return light, coc


@pytest.mark.parametrize("blur", [plane_sweep, inpainted_layers])
def test_completed_backgrounds_show_through_a_blurred_wire(blur: Baseline) -> None:
    result = blur(*dark_wire_before_a_bright_wall())
    # Three columns of a disc of radius 8, through its middle.
    covered = sum(2 * np.sqrt(64 - x**2) for x in (-1, 0, 1)) / (64 * np.pi)
    assert result[28, 36, 0] == pytest.approx(1 - covered, abs=0.03)


@pytest.mark.parametrize("blur", [gather, disc_filtered_layers])
def test_without_completion_the_wire_leaves_a_hole(blur: Baseline) -> None:
    assert blur(*dark_wire_before_a_bright_wall())[28, 36, 0] < 0.45


def test_planes_divide_the_range_of_blur_evenly() -> None:
    light, coc = np.zeros((40, 80, 3), np.float32), np.zeros((40, 80), np.float32)
    light[20, 60] = 100
    coc[:, 40:], coc[:, :2] = 6, -10
    # Of two planes from -10 to 6 the nearer one has its middle at 2, of sixteen the nearest at 5.5.
    for planes, radius in ((2, 2.0), (16, 5.5)):
        spread = plane_sweep(light, coc, planes)[:, 45:75, 0].astype(np.float64)
        y, x = np.indices(spread.shape)
        variance = (spread * ((x - 15) ** 2 + (y - 20) ** 2)).sum() / spread.sum() / 2
        assert 2 * np.sqrt(variance - 1 / 12) == pytest.approx(radius, rel=0.03)


def test_pull_push_keeps_what_is_known_and_continues_it() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((37, 53, 3), dtype=np.float32)
    known = (rng.random((37, 53)) < 0.6).astype(np.float32)
    np.testing.assert_allclose(pull_push(values, known)[known > 0], values[known > 0], rtol=1e-5)
    sides = np.zeros((37, 53, 1), np.float32)
    sides[:, 40:] = 1
    known = np.ones((37, 53), np.float32)
    known[:, 10:44] = 0
    filled = pull_push(sides, known)[..., 0]
    assert filled[:, 10:16].max() < 0.2
    assert filled[:, 40:44].min() > 0.8
