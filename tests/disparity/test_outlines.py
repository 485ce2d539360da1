"""Edges of disparity on the edges of objects, and the kernels against plain numpy."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from anybokeh.disparity import outline_kernels
from anybokeh.disparity.outlines import (
    OutlineSettings,
    align_outlines,
    colour_weights,
    find_outlines,
    verdict,
)
from anybokeh.runtime.threads import Crew
from disparity import damaged, plain

SETTINGS = OutlineSettings()


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with Crew(2) as crew:
        yield crew


def picture_of(frames: np.ndarray, index: int = 0) -> np.ndarray:
    return np.ascontiguousarray((frames[index].transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8))


def aligned(frames: np.ndarray, disparity: np.ndarray, crew: Crew) -> np.ndarray:
    return align_outlines(picture_of(frames), disparity[0], crew)


@pytest.mark.parametrize("seed", range(4))
def test_exact_disparity_stays_as_it_is(seed: int, crew: Crew) -> None:
    frames, exact = damaged.scene(seed=seed)
    assert (aligned(frames, exact, crew) != exact[0]).mean() < 5e-4


@pytest.mark.parametrize(
    ("damage", "remains"), [(damaged.blurred, 0.5), (damaged.enlarged, 0.5), (damaged.grown, 0.6)]
)
def test_damaged_edges_come_back(damage, remains: float, crew: Crew) -> None:
    before, after = [], []
    for seed in range(4):
        frames, exact = damaged.scene(seed=seed)
        wrong = damage(exact)
        before.append(np.abs(wrong[0] - exact[0]).mean())
        after.append(np.abs(aligned(frames, wrong, crew) - exact[0]).mean())
    assert sum(after) < remains * sum(before)


def test_only_the_neighbourhood_of_edges_is_touched(crew: Crew) -> None:
    frames, exact = damaged.scene()
    wrong = damaged.blurred(exact)
    edge = cv2.morphologyEx(exact[0], cv2.MORPH_GRADIENT, np.ones((15, 15))) > 0.05
    result = aligned(frames, wrong, crew)
    np.testing.assert_array_equal(result[~edge], wrong[0][~edge])
    assert result.min() >= wrong[0].min() and result.max() <= wrong[0].max()


@pytest.mark.parametrize("bits", [8, 16])
def test_slanted_surfaces_are_no_edges(bits: int, crew: Crew) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (144, 256, 3), np.uint8)
    y, x = np.mgrid[:144, :256].astype(np.float32)
    slope = np.round((0.2 + x / 512 + y / 500) * 2**bits) / np.float32(2**bits)
    assert align_outlines(picture, slope, crew) is slope


def test_colours_that_say_nothing_move_nothing_sharp(crew: Crew) -> None:
    exact = damaged.scene()[1]
    grown = damaged.grown(exact)
    noise = np.random.default_rng(0).integers(0, 256, (*exact[0].shape, 3), np.uint8)
    assert (align_outlines(noise, grown[0], crew) != grown[0]).mean() < 2e-3


def test_three_surfaces_in_a_row_stay_three(crew: Crew) -> None:
    disparity = np.full((96, 160), 0.2, np.float32)
    disparity[:, 70:] = 0.5
    disparity[:, 76:] = 0.8
    picture = np.full((96, 160, 3), 60, np.uint8)
    picture[:, 70:], picture[:, 76:] = 130, 200
    assert align_outlines(picture, disparity, crew) is disparity


def test_threads_change_nothing() -> None:
    frames, exact = damaged.scene(seed=3)
    wrong = damaged.blurred(exact)
    results = []
    for threads in (1, 3):
        with Crew(threads) as crew:
            results.append(aligned(frames, wrong, crew))
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 3), (17, 31)])
def test_small_pictures(size: tuple[int, int], crew: Crew) -> None:
    rng = np.random.default_rng(0)
    disparity = rng.random(size).astype(np.float32)
    result = align_outlines(rng.integers(0, 256, (*size, 3), np.uint8), disparity, crew)
    assert result.shape == size and result.min() >= 0 and result.max() <= 1


@pytest.mark.parametrize(
    ("damage", "size"),
    [(damaged.blurred, (90, 160)), (damaged.grown, (83, 129)), (damaged.enlarged, (400, 770))],
)
def test_kernels_do_what_plain_numpy_does(damage, size: tuple[int, int], crew: Crew) -> None:
    frames, exact = damaged.scene(height=size[0], width=size[1], seed=1)
    picture, disparity = picture_of(frames), damage(exact)[0]
    grid = find_outlines(disparity, SETTINGS)
    assert grid.scale == (2 if size[1] == 770 else 1)
    weights = colour_weights(SETTINGS)
    evidence = np.empty((4, *size), np.float32)
    crew.run(outline_kernels.weigh_colours, picture, disparity, grid, weights, evidence)
    expected = plain.weigh_colours(picture, disparity, grid, weights)
    known = evidence[0] != outline_kernels.NOTHING
    np.testing.assert_array_equal(known, ~np.isnan(expected[0]))
    for part in (0, 2, 3):
        np.testing.assert_allclose(evidence[part][known], expected[part][known], atol=1e-3)
    sure = known & (evidence[1] != outline_kernels.NOTHING)
    np.testing.assert_allclose(evidence[1][sure], expected[1][sure], atol=1e-3)

    smooth = np.empty((2, *size), np.float32)
    judgement = np.zeros((6, -(-size[0] // grid.cell), -(-size[1] // grid.cell)), np.float32)
    crew.run(outline_kernels.judge, disparity, evidence, grid, smooth, judgement)
    smooth_expected, judgement_expected = plain.judge(disparity, expected, grid)
    np.testing.assert_allclose(smooth[0][known], smooth_expected[0][known], atol=1e-3)
    np.testing.assert_allclose(judgement, judgement_expected, atol=0.05)

    memory = np.random.default_rng(0).normal(0, 0.1, grid.split.shape).astype(np.float32)
    rest = (grid, memory, verdict(judgement, SETTINGS), SETTINGS.trust, SETTINGS.pure)
    result = disparity.copy()
    crew.run(outline_kernels.decide, disparity, evidence, smooth, *rest, result)
    expected = plain.decide(disparity, expected, smooth_expected, *rest)
    assert (np.abs(result - expected) > 1e-4).mean() < 1e-3
    assert (result != disparity).mean() > 0.01


def test_colours_weigh_the_same_on_any_number_of_threads() -> None:
    frames, exact = damaged.scene(height=83, width=129, seed=1)
    picture, disparity = picture_of(frames), damaged.grown(exact)[0]
    given = picture, disparity, find_outlines(disparity, SETTINGS), colour_weights(SETTINGS)
    found = np.zeros((3, 4, 83, 129), np.float32)
    for evidence, threads in zip(found, (1, 2, 5), strict=True):
        with Crew(threads) as crew:
            crew.run(outline_kernels.weigh_colours, *given, evidence)
    assert (found[0, 0] != outline_kernels.NOTHING).sum() > 200
    assert (found == found[0]).all()


def test_pictures_may_be_parts_of_others(crew: Crew) -> None:
    frames, exact = damaged.scene(height=60, width=90, seed=1)
    picture, disparity = picture_of(frames), damaged.grown(exact)[0]
    wider = np.zeros((60, 120, 4), np.uint8)
    wider[:, 10:100, :3] = picture
    result = align_outlines(wider[:, 10:100, :3], disparity, crew)
    np.testing.assert_array_equal(result, align_outlines(picture, disparity, crew))
