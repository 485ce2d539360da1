"""Cells of pixels around outlines, and the side and distance of each pixel in them.

An outline is a step of the circle of confusion that is steep, or that a larger surrounding does not add to.
So slanted surfaces have none, and soft maps, whose steps spread over several pixels, have.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

CELL = 4
"""Side of a cell in pixels."""
SEARCH = 3
"""How far from an outline pixels are still looked at."""
DEEP = 4.0
"""Distance that pixels without an outline within SEARCH have."""
STEP = 2.0
"""Least difference of the circle of confusion, in pixels, that makes an outline."""
SLOPE = 0.1
"""How much of the smaller circle of confusion is added to that."""
STEEP = 0.2
"""Share of a step that has to lie between two neighbours, if a larger surrounding adds to it."""
FLAT = 1.35
"""How much a larger surrounding may add to a step that is not steep."""
_NO_DIRECTION = 0.3


class Cells(NamedTuple):
    """Cells of CELL x CELL pixels with an outline in or beside them.

    Attributes:
        index: (rows, columns) int32, number of each cell, -1 where no outline is near.
        places: (cells, 2) int32, row and column of each numbered cell.
        middle: (cells,) float32, circle of confusion half-way between the two surfaces.
    """

    index: np.ndarray
    places: np.ndarray
    middle: np.ndarray


class Sides(NamedTuple):
    """Where the pixels of each cell lie.

    Attributes:
        distance: (cells, CELL, CELL) float32, pixels to the map's outline, positive on the nearer surface,
            DEEP or -DEEP where none is near.
        across: (cells, CELL, CELL, 2) int8, offset (dy, dx) to the nearest pixel of the other side, or 0, 0.
        outwards: (cells, CELL, CELL, 2) float32, unit vector from the nearer to the farther side, or 0, 0.
    """

    distance: np.ndarray
    across: np.ndarray
    outwards: np.ndarray


def find_cells(crew: Crew, coc: np.ndarray) -> Cells:
    """The cells around outlines of a circle of confusion, (height, width) float32."""
    height, width = coc.shape
    extremes = np.empty((-(-height // CELL), -(-width // CELL), 3), np.float32)
    middle = np.empty(extremes.shape[:2], np.float32)
    crew.run(_extremes, coc, extremes)
    crew.run(_middles, extremes, middle)
    places = np.argwhere(np.isfinite(middle)).astype(np.int32)
    index = np.full(middle.shape, -1, np.int32)
    index[places[:, 0], places[:, 1]] = np.arange(len(places))
    return Cells(index, places, middle[places[:, 0], places[:, 1]])


def find_sides(crew: Crew, coc: np.ndarray, cells: Cells) -> Sides:
    """Side, distance and direction of the pixels of each cell."""
    shape = len(cells.places), CELL, CELL
    sides = Sides(
        np.zeros(shape, np.float32), np.zeros((*shape, 2), np.int8), np.zeros((*shape, 2), np.float32)
    )
    crew.run(_find_sides, coc, cells, sides)
    return sides


@kernel()
def _extremes(thread: int, threads: int, coc: np.ndarray, extremes: np.ndarray) -> None:
    """Least and largest value of each cell, and the largest step from there to a neighbour."""
    height, width = coc.shape
    rows, columns, _ = extremes.shape
    for row in range(thread, rows, threads):
        for column in range(columns):
            low = high = coc[row * CELL, column * CELL]
            step = np.float32(0)
            for y in range(row * CELL, min(row * CELL + CELL, height)):
                for x in range(column * CELL, min(column * CELL + CELL, width)):
                    value = coc[y, x]
                    low, high = min(low, value), max(high, value)
                    if x + 1 < width:
                        step = max(step, abs(coc[y, x + 1] - value))
                    if y + 1 < height:
                        step = max(step, abs(coc[y + 1, x] - value))
            extremes[row, column, 0] = low
            extremes[row, column, 1] = high
            extremes[row, column, 2] = step


@kernel()
def _middles(thread: int, threads: int, extremes: np.ndarray, middle: np.ndarray) -> None:
    """Half-way value of the outline around each cell, NaN where there is none."""
    rows, columns = middle.shape
    for row in range(thread, rows, threads):
        for column in range(columns):
            low, high, step = _around(extremes, row, column, 1)
            span = high - low
            outline = span > np.float32(STEP) + np.float32(SLOPE) * min(abs(low), abs(high))
            if outline and step < np.float32(STEEP) * span:
                lower, higher, _ = _around(extremes, row, column, 2)
                outline = higher - lower <= np.float32(FLAT) * span
            middle[row, column] = np.float32(0.5) * (low + high) if outline else np.nan


@kernel(inline="always")
def _around(extremes: np.ndarray, row: int, column: int, reach: int) -> tuple[float, float, np.floating]:
    """Extremes over the cells up to `reach` away."""
    low, high, step = extremes[row, column, 0], extremes[row, column, 1], np.float32(0)
    for i in range(max(row - reach, 0), min(row + reach + 1, extremes.shape[0])):
        for j in range(max(column - reach, 0), min(column + reach + 1, extremes.shape[1])):
            low = min(low, extremes[i, j, 0])
            high = max(high, extremes[i, j, 1])
            step = max(step, extremes[i, j, 2])
    return low, high, step


@kernel()
def _find_sides(thread: int, threads: int, coc: np.ndarray, cells: Cells, sides: Sides) -> None:
    height, width = coc.shape
    far_away = 3 * SEARCH * SEARCH
    window = 2 * SEARCH + CELL
    # of every row around a cell a bit for each pixel on the nearer side, and one for each in the picture
    nearer_bits, inside_bits = np.empty(window, np.int64), np.empty(window, np.int64)
    for k in range(thread, len(cells.places), threads):
        row, column = cells.places[k]
        middle = cells.middle[k]
        for i in range(window):
            nearer_bits[i] = inside_bits[i] = 0
            y = row * CELL - SEARCH + i
            if 0 <= y < height:
                for j in range(window):
                    x = column * CELL - SEARCH + j
                    if 0 <= x < width:
                        inside_bits[i] |= 1 << j
                        if coc[y, x] > middle:
                            nearer_bits[i] |= 1 << j
        for p in range(CELL * CELL):
            i, j = p // CELL, p % CELL
            y, x = row * CELL + i, column * CELL + j
            if y >= height or x >= width:
                continue
            nearer = (nearer_bits[i + SEARCH] >> (j + SEARCH)) & 1 == 1
            nearest = far_away
            across_y = across_x = 0
            down = right = np.float32(0)
            for dy in range(-SEARCH, SEARCH + 1):
                here = nearer_bits[i + SEARCH + dy]
                others = (~here if nearer else here) & inside_bits[i + SEARCH + dy]
                others = (others >> j) & ((1 << (2 * SEARCH + 1)) - 1)
                if others == 0:
                    continue
                for dx in range(-SEARCH, SEARCH + 1):
                    if (others >> (dx + SEARCH)) & 1:
                        square = dy * dy + dx * dx
                        weight = np.float32(1) / np.float32(square * square)
                        down += weight * np.float32(dy)
                        right += weight * np.float32(dx)
                        if square < nearest:
                            nearest, across_y, across_x = square, dy, dx
            side = np.float32(1) if nearer else np.float32(-1)
            if nearest == far_away:
                sides.distance[k, i, j] = side * np.float32(DEEP)
                continue
            length = np.sqrt(down * down + right * right)
            if length * np.float32(nearest) < np.float32(_NO_DIRECTION):
                # in gaps and on rods both directions are as good
                down, right = np.float32(across_y), np.float32(across_x)
                length = np.sqrt(down * down + right * right)
            sides.distance[k, i, j] = side * min(
                np.sqrt(np.float32(nearest)) - np.float32(0.5), np.float32(DEEP)
            )
            sides.across[k, i, j, 0], sides.across[k, i, j, 1] = across_y, across_x
            sides.outwards[k, i, j, 0] = side * down / length
            sides.outwards[k, i, j, 1] = side * right / length
