"""Pixels near outlines are taken apart: twin, and pictures whose coverage is known."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import signed_circle_of_confusion
from anybokeh.render import LayeredRenderer
from anybokeh.render.outlines import CELL, Outlines, find_outlines
from anybokeh.render.outlines.displacement import HYPOTHESES, displacements
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Scene, Shot

from ..plain import taken_apart
from ..scenes import random_scene
from .plain import Picture

NEAR, FAR = np.array([0.7, 0.3, 0.2], np.float32), np.array([0.1, 0.4, 0.5], np.float32)
SIZE = 64, 96


def found(light: np.ndarray, coc: np.ndarray) -> Outlines:
    with Crew(2) as crew:
        return find_outlines(crew, light.astype(np.float32), coc.astype(np.float32))


def circle(radius: float = 20.3) -> tuple[np.ndarray, np.ndarray]:
    """Coverage of a disc, (height, width), and a picture of it with some grain."""
    y, x = (np.arange(8 * n) / 8 + 1 / 16 for n in SIZE)
    fine = np.hypot(y[:, None] - 30, x - 50) < radius
    alpha = fine.reshape(SIZE[0], 8, SIZE[1], 8).mean((1, 3))
    grain = np.random.default_rng(1).normal(0, 0.01, (*SIZE, 3))
    return alpha, alpha[..., None] * NEAR + (1 - alpha[..., None]) * FAR + grain


@pytest.mark.parametrize(
    ("seed", "size"), [(1, (40, 48)), (2, (37, 45)), (3, (9, 7)), (4, (1, 33)), (5, (50, 70))]
)
def test_fast_and_plain_agree(seed, size):
    light, disparity = random_scene(seed, *size)
    coc = signed_circle_of_confusion(disparity, 0.4, 16, 1024, 0.0).astype(np.float32)
    fast = taken_apart(light, coc, found(light, coc))
    picture = Picture(light, coc)
    assert picture.cells
    different = 0
    for y, x in np.ndindex(coc.shape):
        if picture.cell_at(y, x) is not None:
            slow = picture.taken_apart(y, x)
            different += any(np.abs(a[y, x] - b).max() > 2e-3 for a, b in zip(fast, slow, strict=True))
    # a place that lies half-way between two pixels may be rounded to either
    assert different <= 0.01 * len(picture.sides)
    inside = np.zeros_like(coc, bool)
    inside[tuple(np.array(list(picture.sides)).T)] = True
    assert (fast[0][~inside] == 0).all()


@pytest.mark.parametrize(
    ("grown", "shifted", "error"),
    [(0, 0, 0.01), (-1, 0, 0.02), (-2, 0, 0.03), (1, 0, 0.02), (2, 0, 0.03), (0, 2, 0.03)],
)
def test_coverage_is_the_picture_s_wherever_the_map_has_its_outline(grown, shifted, error):
    alpha, light = circle()
    y, x = np.indices(SIZE) + 0.5
    nearer = np.hypot(y - 30, x - 50 - shifted) < 20.3 + grown
    share, near, far = taken_apart(
        light, np.where(nearer, 8.0, -8.0), found(light, np.where(nearer, 8.0, -8.0))
    )
    outlines = found(light, np.where(nearer, 8.0, -8.0))
    apart = np.kron(outlines.index >= 0, np.ones((CELL, CELL), bool))[: SIZE[0], : SIZE[1]]
    assert (apart | (alpha % 1 == 0)).all()
    assert np.abs(share - alpha)[apart].mean() < error
    mixed = apart & (share > 0) & (share < 1)
    assert mixed.sum() > 60
    added = share[..., None] * near[..., :3] + (1 - share[..., None]) * far[..., :3]
    np.testing.assert_allclose(added[mixed], light[mixed], atol=0.02)


def test_soft_maps_keep_both_surfaces():
    alpha, light = circle()
    soft = np.kron(alpha.reshape(SIZE[0] // 2, 2, SIZE[1] // 2, 2).mean((1, 3)), np.ones((2, 2)))
    soft = (soft + np.roll(soft, 1, 0) + np.roll(soft, 1, 1) + np.roll(soft, (1, 1), (0, 1))) / 4
    coc = 16 * soft
    share, near, far = taken_apart(light, coc, found(light, coc))
    mixed = (share > 0.05) & (share < 0.95)
    assert np.quantile(near[mixed][:, 3], 0.1) > 15
    assert np.quantile(far[mixed][:, 3], 0.9) < 1


def test_slanted_surfaces_have_no_outlines():
    _, light = circle()
    coc = np.broadcast_to(np.linspace(-12, 14, SIZE[1]), SIZE)
    assert (found(light, coc).index == -1).all()


def test_weak_evidence_moves_nothing_where_the_map_is_right():
    strong = np.zeros((200, 2, len(HYPOTHESES)), np.float32)
    strong[:, :, 6] = 6
    weak = np.zeros((1, 2, len(HYPOTHESES)), np.float32)
    weak[:, :, 9] = 1
    assert abs(displacements(np.concatenate([strong, weak]))[-1]).max() < 0.1
    strong = np.roll(strong, 3, 2)
    assert displacements(np.concatenate([strong, weak]))[-1].min() > 1.4


def test_pictures_of_one_colour_stay_as_the_map_says():
    nearer = np.hypot(*(np.indices(SIZE) - np.array([30, 50])[:, None, None])) < 20
    light = np.full((*SIZE, 3), 0.3)
    share, near, far = taken_apart(
        light, np.where(nearer, 8.0, -8.0), found(light, np.where(nearer, 8.0, -8.0))
    )
    apart = near[..., 3] != far[..., 3]
    assert np.abs(share - nearer)[apart].max() < 0.2
    np.testing.assert_allclose(near[..., :3], 0.3, atol=1e-4)
    np.testing.assert_allclose(far[..., :3], 0.3, atol=1e-4)


def test_outlines_that_are_guesses_are_drawn_as_they_are_given() -> None:
    rng = np.random.default_rng(0)
    frames = rng.random((1, 3, 48, 64)).astype(np.float32)
    slope = np.clip((np.arange(64) - 26) / 8, 0, 1).astype(np.float32)
    disparity = np.broadcast_to(0.2 + 0.6 * slope, (1, 48, 64)).copy()
    placed, drawn = (
        np.asarray(LayeredRenderer().render(Shot(frames, Scene(disparity, soft=soft), 0.8, 200.0)))
        for soft in (False, True)
    )
    assert np.abs(placed - drawn)[:, :, 8:-8, 22:40].max() > 0.05
    # what is in focus is kept right up to the slope, without a look at colours
    assert np.array_equal(drawn[..., 34:], frames[..., 34:])
