"""The fast kernel takes what its readable twin takes."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.hidden.bands import BANDS
from anybokeh.hidden.gathering import FULL, SURFACES, WORDS, Sources, gather
from anybokeh.hidden.squares import BLOCK, DEPTHS
from anybokeh.runtime.threads import Crew

from . import plain

SIZE = 22, 37
GRID = 2, 3


def random_sources(seed: int, frames: int, channels: int) -> Sources:
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
        rng.uniform(0.8, 1.25, (frames, 3)).astype(np.float32),
        0.55 ** np.arange(frames, dtype=np.float32),
        rng.uniform(0.5, 1, frames).astype(np.float32),
        paths.astype(np.float32),
        tuple(rng.integers(100, 150, (frames, *SIZE, channels)).astype(np.uint8)),
        kept,
        np.stack([cells_of(one) for one in kept]),
    )


def cells_of(depths: np.ndarray) -> np.ndarray:
    """What any square of pixels that begins in each square of the grid may show."""
    rows, columns = (-(-side // BLOCK) for side in depths.shape)
    cells = np.zeros((rows, columns), np.uint32)
    for i in range(rows):
        for j in range(columns):
            seen = depths[i * BLOCK : (i + 2) * BLOCK, j * BLOCK : (j + 2) * BLOCK].astype(np.int64)
            seen = seen[seen > 0]
            bits = sum(
                1 << int(band) for band in np.unique(np.minimum((seen - 1) * BANDS // DEPTHS, BANDS - 1))
            )
            cells[i, j] = bits << 16 | int(seen.min(initial=65535))
    return cells


def nearest_of(disparity: np.ndarray) -> np.ndarray:
    """The nearest disparity in each square."""
    rows, columns = (-(-side // BLOCK) for side in disparity.shape)
    parts = [
        [disparity[i * BLOCK : (i + 1) * BLOCK, j * BLOCK : (j + 1) * BLOCK].max() for j in range(columns)]
        for i in range(rows)
    ]
    return np.array(parts, np.float32)


@pytest.mark.parametrize(
    ("seed", "frames", "scale", "channels"), [(1, 1, 0.6, 3), (2, 4, 0.6, 4), (3, 7, 0.4, 3), (4, 7, 0.4, 4)]
)
def test_fast_and_plain_agree(seed: int, frames: int, scale: float, channels: int) -> None:
    sources = random_sources(seed, frames, channels)
    disparity = np.random.default_rng(seed).choice([0.05, 0.4, 0.9], SIZE).astype(np.float32)
    counts, found = np.zeros(SIZE, np.uint8), np.zeros((*SIZE, SURFACES, WORDS), np.uint16)
    with Crew(2) as crew:
        crew.run(gather, disparity, nearest_of(disparity), scale, sources, counts, found)
    expected = plain.gather(disparity, scale, sources)
    assert counts.max() > 0
    differ = 0
    for y in range(SIZE[0]):
        for x in range(SIZE[1]):
            fast, slow = found[y, x, : counts[y, x]] / FULL, np.reshape(expected[y][x], (-1, WORDS))
            # a place just between two pixels may be rounded to either
            differ += fast.shape != slow.shape or not np.allclose(fast, slow, atol=2e-3)
    assert differ <= 4
