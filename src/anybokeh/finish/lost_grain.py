"""How much of its grain a picture has lost by being blurred.

It is measured, not reckoned from the blur: what fine detail of the picture before is found again in the one
after. So it holds for any renderer, for blurred foregrounds that lie over what is in focus, and wherever the
picture had no grain to lose.

A blurred picture is taken to be a share of what is sharp, and the rest of what is spread. The finest detail
tells the share that is sharp; coarser detail keeps some of what is spread as well, and of noise the same part
is kept.
"""

from __future__ import annotations

import numpy as np

from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

CELL = 4
"""Rows and columns of a cell, over which detail is summed."""
_NEAR = 1
"""Cells to either side that are counted as well."""
_FAINT = 0.05
"""Detail that is not noticed, over that of the grain."""
_ROOM = 1.25
"""How far grain may seem weaker than it is in so few pixels."""
_SHARP = 0.97
"""Share of detail from which nothing is lost."""


def detail(field: np.ndarray) -> tuple[float, float]:
    """Mean squares of fine and of coarser detail of noise (height, width) that repeats."""
    fine, coarse = (
        field - sum(np.roll(field, step * way, axis) for way in (-1, 1) for axis in (0, 1)) / 4
        for step in (1, 2)
    )
    return float((fine**2).mean()), float((coarse**2).mean())


def lost_grain(
    before: np.ndarray,
    after: np.ndarray,
    deviation: np.ndarray,
    of_grain: tuple[float, float],
    crew: Crew,
) -> np.ndarray:
    """Deviation that is lost over that of the clip's grain, (rows of cells, columns of cells) float32.

    Args:
        before: (height, width) float32, one channel of a picture.
        after: the same, rendered.
        deviation: (levels,) of the grain of this channel, at equally spaced code values.
        of_grain: `detail` of grain with deviation 1.
        crew: shares the work.
    """
    height, width = before.shape
    sums = np.zeros((-(-height // CELL), -(-width // CELL), 5), np.float32)
    crew.run(_sum_detail, before, after, sums)
    lost = np.empty(sums.shape[:2], np.float32)
    _lost(sums, deviation.astype(np.float32), np.array(of_grain, np.float32), lost)
    return lost


@kernel()
def _sum_detail(thread: int, threads: int, before: np.ndarray, after: np.ndarray, sums: np.ndarray) -> None:
    """Over each cell: squares of fine detail before, its products with that after; the same coarser; level.

    Pixels at the picture's border have no detail; `sums` begins with zeros.
    """
    height, width = before.shape
    quarter = np.float32(0.25)
    buffers = np.zeros((5, width + CELL), np.float32)
    fine, fine_both, coarse, coarse_both, level = buffers
    for i in range(thread, len(sums), threads):
        buffers[:] = 0
        for y in range(CELL * i, min(CELL * i + CELL, height)):
            level[:width] += after[y]
            if y < 2 or y >= height - 2:
                continue
            one, other = before[y], after[y]
            up, down, north, south = before[y - 1], before[y + 1], before[y - 2], before[y + 2]
            up_after, down_after, north_after, south_after = (
                after[y - 1], after[y + 1], after[y - 2], after[y + 2],
            )  # fmt: skip
            for x in range(2, width - 2):
                here = one[x] - quarter * (up[x] + down[x] + one[x - 1] + one[x + 1])
                there = other[x] - quarter * (up_after[x] + down_after[x] + other[x - 1] + other[x + 1])
                fine[x] += here * here
                fine_both[x] += here * there
                here = one[x] - quarter * (north[x] + south[x] + one[x - 2] + one[x + 2])
                there = other[x] - quarter * (north_after[x] + south_after[x] + other[x - 2] + other[x + 2])
                coarse[x] += here * here
                coarse_both[x] += here * there
        for j in range(sums.shape[1]):
            for value in range(5):
                for x in range(CELL * j, CELL * j + CELL):
                    sums[i, j, value] += buffers[value, x]


@kernel()
def _lost(sums: np.ndarray, deviation: np.ndarray, of_grain: np.ndarray, lost: np.ndarray) -> None:
    rows, columns = lost.shape
    last = len(deviation) - 1
    for i in range(rows):
        for j in range(columns):
            total = np.zeros(5, np.float32)
            count = np.float32(0)
            for v in range(max(i - _NEAR, 0), min(i + _NEAR + 1, rows)):
                for u in range(max(j - _NEAR, 0), min(j + _NEAR + 1, columns)):
                    total += sums[v, u]
                    count += np.float32(CELL * CELL)
            total /= count
            level = min(max(total[4], np.float32(0)), np.float32(1)) * last
            low = min(int(level), last - 1)
            share = level - low
            noise = (deviation[low] * (1 - share) + deviation[low + 1] * share) ** 2 + np.float32(1e-12)
            sharp = total[1] / (total[0] + np.float32(_FAINT) * noise * of_grain[0])
            found = total[3] / (total[2] + np.float32(_FAINT) * noise * of_grain[1])
            sharp = min(max(sharp / np.float32(_SHARP), np.float32(0)), np.float32(1))
            spread = min(max(found - sharp, np.float32(0)), 1 - sharp)
            kept = sharp * sharp + 2 * sharp * spread + (1 - sharp) * spread
            # grain that was not there cannot be lost
            there = min(np.float32(_ROOM) * total[0] / (noise * of_grain[0]), np.float32(1))
            lost[i, j] = np.sqrt(max((1 - kept) * there, np.float32(0)))
