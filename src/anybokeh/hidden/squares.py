"""Squares of pixels that move as one: what is seen in them, and whether they may hide something."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.hidden.bands import BANDS, home
from anybokeh.hidden.motion import NODE
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

BLOCK = 4
"""Side of the squares, in pixels."""
DEPTHS = 65534
"""Disparity is kept in so many steps from 1 on; 0 is an outline, where colours are mixed."""
STEP = 0.04
"""Least difference of disparity between a surface and what it hides."""
_OUTLINE = 0.04
"""Difference of disparity between neighbouring pixels whose colours may be mixed."""
_REACH = 3 * NODE
"""Pixels of a small view from an outline over which blur may reveal what is behind."""


def look(
    disparity: np.ndarray, scale: float, crew: Crew, depths: np.ndarray, cells: np.ndarray
) -> np.ndarray:
    """Look at a frame in squares of BLOCK pixels.

    Args:
        disparity: (height, width) float32 in [0, 1].
        scale: pixels of a frame to those of its small view.
        crew: threads to work with.
        depths: (height, width) uint16 receives disparity in steps, see DEPTHS.
        cells: (rows, columns) uint32 receives what is seen in each square and the three right of it and below
            it, so in any BLOCK x BLOCK pixels that begin in it. The upper half has a bit for each band, the
            lower half the least of the depths.

    Returns:
        (rows, columns) float32: the nearest disparity in a square if it is near an outline with something
        farther than that behind, else 0.
    """
    bits, least = np.empty(cells.shape, np.uint32), np.empty(cells.shape, np.uint32)
    near, far = np.empty(cells.shape, np.float32), np.empty(cells.shape, np.float32)
    crew.run(_sum_up, disparity, depths, bits, least, near, far)
    crew.run(_join, bits, least, cells)
    reach = round(_REACH / scale / BLOCK)
    for side in ((2 * reach + 1, 1), (1, 2 * reach + 1)):
        far = cv2.erode(far, np.ones(side, np.uint8))
    return np.where(near - np.float32(STEP) >= far, near, np.float32(0))


@kernel()
def _sum_up(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    depths: np.ndarray,
    bits: np.ndarray,
    least: np.ndarray,
    near: np.ndarray,
    far: np.ndarray,
) -> None:
    height, width = disparity.shape
    rows, columns = bits.shape
    # extremes of three rows, with one more pixel on either side
    highest, deepest = np.empty(width + 2, np.float32), np.empty(width + 2, np.float32)
    # extremes in the rows of a square: of what is no outline, of all, and of what is one
    lowest, most = np.empty(columns * BLOCK, np.int32), np.empty(columns * BLOCK, np.int32)
    front, behind = np.empty(columns * BLOCK, np.float32), np.empty(columns * BLOCK, np.float32)
    for i in range(thread, rows, threads):
        lowest[:], most[:], front[:], behind[:] = 65535, 0, 0, 2
        for y in range(i * BLOCK, min(i * BLOCK + BLOCK, height)):
            above, below = max(y - 1, 0), min(y + 1, height - 1)
            for x in range(width):
                highest[x + 1] = max(max(disparity[above, x], disparity[y, x]), disparity[below, x])
                deepest[x + 1] = min(min(disparity[above, x], disparity[y, x]), disparity[below, x])
            highest[0], deepest[0] = highest[1], deepest[1]
            highest[width + 1], deepest[width + 1] = highest[width], deepest[width]
            _sum_up_row(disparity[y], highest, deepest, depths[y], lowest, most, front, behind)
        for j in range(columns):
            first, last, nearest, farthest = np.int32(65535), np.int32(0), np.float32(0), np.float32(2)
            for x in range(j * BLOCK, j * BLOCK + BLOCK):
                first, last = min(first, lowest[x]), max(last, most[x])
                nearest, farthest = max(nearest, front[x]), min(farthest, behind[x])
            least[i, j], near[i, j], far[i, j] = first, nearest, farthest
            if last == 0:
                bits[i, j] = 0
            elif _band(first) == _band(last):
                bits[i, j] = np.uint32(1) << np.uint32(_band(first))
            else:
                bits[i, j] = _bands_in(depths, i * BLOCK, j * BLOCK)


@kernel(inline="always")
def _band(depth: int) -> int:
    """Of a disparity in steps, see DEPTHS."""
    return min(int((np.int64(depth) - 1) * BANDS // DEPTHS), BANDS - 1)


@kernel()
def _bands_in(depths: np.ndarray, top: int, left: int) -> int:
    """A bit for each band that is seen in a square."""
    seen = 0
    for y in range(top, min(top + BLOCK, depths.shape[0])):
        for x in range(left, min(left + BLOCK, depths.shape[1])):
            if depths[y, x]:
                seen |= 1 << _band(depths[y, x])
    return seen


@kernel()
def _sum_up_row(
    disparity: np.ndarray,
    highest: np.ndarray,
    deepest: np.ndarray,
    depths: np.ndarray,
    lowest: np.ndarray,
    most: np.ndarray,
    front: np.ndarray,
    behind: np.ndarray,
) -> None:
    """One row of pixels; without branches, so that several are worked on at once."""
    for x in range(len(disparity)):
        nearest = max(max(highest[x], highest[x + 1]), highest[x + 2])
        farthest = min(min(deepest[x], deepest[x + 1]), deepest[x + 2])
        is_outline = nearest - farthest >= np.float32(_OUTLINE)
        depth = np.int32(disparity[x] * np.float32(DEPTHS) + np.float32(1.5))
        depths[x] = 0 if is_outline else depth
        lowest[x] = min(lowest[x], 65535 if is_outline else depth)
        most[x] = max(most[x], 0 if is_outline else depth)
        front[x] = max(front[x], disparity[x])
        behind[x] = min(behind[x], farthest if is_outline else np.float32(2))


@kernel()
def _join(thread: int, threads: int, bits: np.ndarray, least: np.ndarray, cells: np.ndarray) -> None:
    rows, columns = bits.shape
    for i in range(thread, rows, threads):
        for j in range(columns):
            seen, lowest = np.uint32(0), np.uint32(65535)
            for row in range(i, min(i + 2, rows)):
                for column in range(j, min(j + 2, columns)):
                    seen |= bits[row, column]
                    lowest = min(lowest, least[row, column])
            cells[i, j] = (seen << np.uint32(16)) | lowest


@kernel()
def bands_behind(near: np.ndarray, scale: float, rows: int, columns: int) -> np.ndarray:
    """For each node a bit for each band that may be behind what is seen there, (rows, columns) int64.

    near: of `look`.
    """
    result = np.zeros((rows, columns), np.int64)
    for i in range(near.shape[0]):
        row = node_of(i, scale, rows)
        for j in range(near.shape[1]):
            if near[i, j] >= np.float32(STEP):
                last = home(near[i, j] - np.float32(STEP))
                result[row, node_of(j, scale, columns)] |= (np.int64(2) << last) - 1
    return result


@kernel(inline="always")
def place_of(square: int, scale: float) -> np.floating:
    """Where the middle of a square is in the small view, in rows or columns."""
    return (np.float32(square * BLOCK) + np.float32(0.5 * BLOCK)) * np.float32(scale) - np.float32(0.5)


@kernel(inline="always")
def node_of(square: int, scale: float, nodes: int) -> int:
    """The node about a square, of so many in a row or column."""
    return min(int((place_of(square, scale) + np.float32(0.5)) * np.float32(1 / NODE)), nodes - 1)
