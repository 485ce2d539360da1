"""The fast kernel takes what its readable twin takes."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.hidden.bands import BANDS
from anybokeh.hidden.gathering import DEPTHS, SURFACES, WORDS, Sources, gather, visible_bands
from anybokeh.runtime.threads import Crew

from . import plain

SIZE = 22, 37
GRID = 2, 3


def random_sources(seed: int, frames: int) -> Sources:
    """Frames in patches of some depths, with paths of a few pixels to each."""
    rng = np.random.default_rng(seed)
    patches = rng.choice([0.0, 0.13, 0.31, 0.34, 0.66, 0.97], (frames, 4, 5))
    depths = np.kron(patches, np.ones((6, 8)))[:, : SIZE[0], : SIZE[1]]
    kept = np.where(depths > 0, depths * DEPTHS + 1.5, 0).astype(np.uint16)
    paths = rng.normal(size=(frames, BANDS, *GRID, 4)).astype(np.float32) * (2, 2, 0, 0.01)
    paths[..., 2] = rng.random(paths.shape[:-1]) ** 0.5
    return Sources(
        rng.permutation(frames).astype(np.int64),
        rng.integers(0, 1 << BANDS, (frames, *GRID)) | 0b1001,
        0.55 ** np.arange(frames, dtype=np.float32),
        rng.uniform(0.5, 1, frames).astype(np.float32),
        paths.astype(np.float32),
        rng.integers(100, 150, (frames, *SIZE, 3)).astype(np.uint8),
        kept,
        np.stack([visible_bands(one) for one in kept]),
    )


@pytest.mark.parametrize(("seed", "frames", "scale"), [(1, 1, 0.6), (2, 4, 0.6), (3, 7, 0.4)])
def test_fast_and_plain_agree(seed: int, frames: int, scale: float) -> None:
    sources = random_sources(seed, frames)
    disparity = np.random.default_rng(seed).choice([0.05, 0.4, 0.9], SIZE).astype(np.float32)
    counts, found = np.zeros(SIZE, np.uint8), np.zeros((*SIZE, SURFACES, WORDS), np.float32)
    with Crew(2) as crew:
        crew.run(gather, disparity, scale, sources, counts, found)
    expected = plain.gather(disparity, scale, sources)
    assert counts.max() > 0
    differ = 0
    for y in range(SIZE[0]):
        for x in range(SIZE[1]):
            fast, slow = found[y, x, : counts[y, x]], np.reshape(expected[y][x], (-1, WORDS))
            # a place just between two pixels may be rounded to either
            differ += fast.shape != slow.shape or not np.allclose(fast, slow, atol=2e-3)
    assert differ <= 4


def test_squares_tell_what_they_and_their_neighbours_show() -> None:
    depths = np.zeros((12, 20), np.uint16)
    depths[5, 9] = 1 + round(0.35 * DEPTHS)
    cells = visible_bands(depths)
    assert cells.shape == (3, 5)
    assert (cells[:, 1:4] >> 16 == 1 << 3).all()
    assert (cells[:, 1:4] & 0xFFFF == depths[5, 9]).all()
    assert (cells[:, [0, 4]] >> 16 == 0).all()
