"""What squares of pixels show, and whether they may hide something."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.hidden.squares import DEPTHS, STEP, bands_behind, look
from anybokeh.runtime.threads import Crew

from .test_gathering import cells_of

SIZE = 24, 44
GRID = 6, 11


def looked_at(disparity: np.ndarray, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    depths, cells = np.empty(SIZE, np.uint16), np.empty(GRID, np.uint32)
    with Crew(2) as crew:
        near = look(disparity.astype(np.float32), scale, crew, depths, cells)
    return near, depths, cells


def test_squares_tell_what_is_seen_in_pixels_that_begin_in_them() -> None:
    disparity = np.kron(np.random.default_rng(0).choice([0.1, 0.34, 0.81], (6, 11)), np.ones((4, 4)))
    _, depths, cells = looked_at(disparity)
    assert (cells == cells_of(depths)).all()
    flat = depths > 0
    assert np.abs((depths[flat] - 1.0) / DEPTHS - disparity[flat]).max() < 1e-4


def test_outlines_are_no_depth() -> None:
    disparity = np.full(SIZE, 0.2)
    disparity[:, 20:] = 0.6
    _, depths, _ = looked_at(disparity)
    assert (depths[:, 19:21] == 0).all()
    assert (depths[:, :19] > 0).all()
    assert (depths[:, 21:] > 0).all()


def test_only_what_is_near_an_outline_and_nearer_than_what_ends_there_may_hide_something() -> None:
    disparity = np.full(SIZE, 0.2)
    disparity[:, 20:] = 0.6
    near, _, _ = looked_at(disparity, scale=3.0)
    assert (near[:, :5] == 0).all()
    assert near[:, 5:8] == pytest.approx(0.6)
    # eight pixels away and farther
    assert (near[:, 8:] == 0).all()


def test_a_slope_hides_nothing() -> None:
    disparity = np.broadcast_to(np.linspace(0, 0.6, SIZE[1]), SIZE)
    near, depths, _ = looked_at(np.ascontiguousarray(disparity))
    assert (near == 0).all()
    assert depths.all()


def test_nodes_know_the_bands_that_may_be_behind() -> None:
    near = np.zeros(GRID, np.float32)
    near[1, 3] = 0.55
    bands = bands_behind(near, 1.0, 3, 6)
    assert bands[0, 1] == 0b111111
    assert bands.sum() == bands[0, 1]
    near[1, 3] = STEP / 2
    assert not bands_behind(near, 1.0, 3, 6).any()
