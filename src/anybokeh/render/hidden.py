"""What a surface hides: colour and depth of the surface immediately behind it.

Blurred foregrounds let what is behind them through, and blurred backgrounds gather light from behind sharp
subjects. Both need the pixels that the camera did not see. For each of several thresholds of the circle of
confusion, everything behind the threshold is kept and the rest is filled in from it, coarse to fine
(pull-push). A pixel then takes as its hidden surface the fill of the threshold just behind it, if an
outline is near enough for blur to reveal it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from anybokeh.render.layers import Pixels, squashed
from anybokeh.render.outlines import CELL as OUTLINE_CELL
from anybokeh.render.outlines import Outlines, four_of
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

CELL = 4
"""Side of a fill cell in pixels."""
THRESHOLDS = 8
_SHARPNESS = 4.0
"""Membership of a pixel in what lies behind a threshold turns over within 1/_SHARPNESS of their distance."""
_OUTLINE_STEP = 1.0
"""Least difference of the circle of confusion, in pixels, that makes an outline."""
_OUTLINE_SLOPE = 0.1
LEAST_WEIGHT = 0.15
"""Weight of what lies on one side, in the cells around, below which there is no outline."""
_EXTRA_REACH = 8.0
"""How much farther than the two radii hidden pixels are filled, in pixels."""


class HiddenSurfaces(NamedTuple):
    """Fills behind each threshold, on cells of CELL x CELL pixels.

    Attributes:
        thresholds: (thresholds,) squashed circles of confusion, ascending (nearer).
        fill: (thresholds, rows, columns, 4) linear RGB and signed circle of confusion.
        reach: (thresholds, rows, columns) pixels over which an outline still matters; <= 0 none.
    """

    thresholds: np.ndarray
    fill: np.ndarray
    reach: np.ndarray


def find_hidden_surfaces(
    crew: Crew, pixels: Pixels, outlines: Outlines, low: float, high: float
) -> HiddenSurfaces:
    """Fill in what is hidden behind each threshold.

    Args:
        crew: threads to work with.
        pixels: what is seen.
        outlines: those of them that lie near outlines, taken apart.
        low: circle of confusion of disparity 0; thresholds lie between it and `high`.
        high: circle of confusion of disparity 1.
    """
    first, last = (math.copysign(math.log1p(abs(end)), end) for end in (low, high))
    spacing = max((last - first) / (THRESHOLDS + 1), 1e-6)
    thresholds = (first + spacing * np.arange(1, THRESHOLDS + 1)).astype(np.float32)
    height, width = pixels.coc.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    behind = np.zeros((THRESHOLDS + 1, rows, columns, 5), np.float32)
    reach = np.zeros((THRESHOLDS, rows, columns), np.float32)
    fill = np.empty((THRESHOLDS, rows, columns, 4), np.float32)
    crew.run(_sum_behind, pixels, outlines, np.float32(first), np.float32(1 / spacing), behind)
    crew.run(_outline_reach, behind, reach)
    crew.run(_fill, behind, fill)
    return HiddenSurfaces(thresholds, fill, reach)


@kernel()
def _sum_behind(
    thread: int,
    threads: int,
    pixels: Pixels,
    outlines: Outlines,
    first: float,
    scale: float,
    sums: np.ndarray,
) -> None:
    """Sums over each cell of what lies behind each threshold, (thresholds + 1, rows, columns, 5).

    The five are linear RGB, circle of confusion and weight of the pixels; the last entry holds all pixels.
    """
    light, coc, position = pixels
    height, width = coc.shape
    _, rows, columns, _ = sums.shape
    one = np.float32(1)
    for row in range(thread, rows, threads):
        for y in range(row * CELL, min(row * CELL + CELL, height)):
            for x in range(width):
                column, cell = x // CELL, outlines.index[y // OUTLINE_CELL, x // OUTLINE_CELL]
                if cell < 0:
                    colour = light[y, x, 0], light[y, x, 1], light[y, x, 2], coc[y, x]
                    _add_behind(sums, row, column, colour, position[y, x], one, first, scale)
                    continue
                # Each surface by its colour freed from the other, which would glow around itself there.
                i, j = y % OUTLINE_CELL, x % OUTLINE_CELL
                share = outlines.share[cell, i, j]
                if share > 0:
                    near = four_of(outlines.near, cell, i, j)
                    _add_behind(sums, row, column, near, squashed(near[3]), share * share, first, scale)
                if share < 1:
                    far = four_of(outlines.far, cell, i, j)
                    _add_behind(sums, row, column, far, squashed(far[3]), (one - share) ** 2, first, scale)
        for k in range(THRESHOLDS):
            for column in range(columns):
                for c in range(5):
                    sums[k + 1, row, column, c] += sums[k, row, column, c]


@kernel(inline="always")
def _add_behind(
    sums: np.ndarray,
    row: int,
    column: int,
    surface: tuple[float, float, float, float],
    position: float,
    worth: float,
    first: float,
    scale: float,
) -> None:
    """Add a surface to its cell, with the weight `worth`, from the first threshold on that it lies behind."""
    red, green, blue, coc = surface
    one, half = np.float32(1), np.float32(0.5)
    place = (position - first) * scale - half
    band = int(np.floor(place))
    share = min(max((place - np.float32(band) - half) * np.float32(_SHARPNESS) + half, np.float32(0)), one)
    for step in range(2):
        weight = worth * (share if step else one - share)
        if weight > 0:
            # no view of the cell: to count its owners would take longer than to add to it
            k = min(max(band + step, 0), THRESHOLDS)
            sums[k, row, column, 0] += weight * red
            sums[k, row, column, 1] += weight * green
            sums[k, row, column, 2] += weight * blue
            sums[k, row, column, 3] += weight * coc
            sums[k, row, column, 4] += weight


@kernel()
def _outline_reach(thread: int, threads: int, behind: np.ndarray, reach: np.ndarray) -> None:
    _, rows, columns, _ = behind.shape
    for k in range(thread, THRESHOLDS, threads):
        for row in range(rows):
            for column in range(columns):
                if behind[k, row, column, 4] == 0:
                    continue
                back = back_weight = every = every_weight = np.float32(0)
                for i in range(max(row - 1, 0), min(row + 2, rows)):
                    for j in range(max(column - 1, 0), min(column + 2, columns)):
                        back += behind[k, i, j, 3]
                        back_weight += behind[k, i, j, 4]
                        every += behind[THRESHOLDS, i, j, 3]
                        every_weight += behind[THRESHOLDS, i, j, 4]
                front_weight = every_weight - back_weight
                if back_weight < LEAST_WEIGHT or front_weight < LEAST_WEIGHT:
                    continue
                back /= back_weight
                front = (every - back * back_weight) / front_weight
                if front - back > _OUTLINE_STEP + _OUTLINE_SLOPE * min(abs(front), abs(back)):
                    reach[k, row, column] = abs(front) + abs(back) + _EXTRA_REACH
        _spread(reach[k])


@kernel()
def _spread(reach: np.ndarray) -> None:
    """Lower each reach by the distance walked, in place: two passes of a chamfer distance transform."""
    rows, columns = reach.shape
    straight, diagonal = np.float32(CELL), np.float32(CELL * 1.4142)
    for turn in range(2):
        for step in range(rows):
            row = step if turn == 0 else rows - 1 - step
            back = row - 1 if turn == 0 else row + 1
            inside = 0 <= back < rows
            for other in range(columns):
                column = other if turn == 0 else columns - 1 - other
                side = column - 1 if turn == 0 else column + 1
                ahead = column + 1 if turn == 0 else column - 1
                best = reach[row, column]
                if 0 <= side < columns:
                    best = max(best, reach[row, side] - straight)
                    if inside:
                        best = max(best, reach[back, side] - diagonal)
                if inside:
                    best = max(best, reach[back, column] - straight)
                    if 0 <= ahead < columns:
                        best = max(best, reach[back, ahead] - diagonal)
                reach[row, column] = best


@kernel()
def _fill(thread: int, threads: int, behind: np.ndarray, fill: np.ndarray) -> None:
    for k in range(thread, THRESHOLDS, threads):
        _pull_push(behind[k], fill[k])


@kernel()
def _pull_push(sums: np.ndarray, out: np.ndarray) -> None:
    """Weighted means where there is weight, means of ever larger surroundings where there is none.

    `sums` is (rows, columns, 5), four weighted sums and their weight; `out` is (rows, columns, 4).
    """
    rows, columns, _ = sums.shape
    levels = 1
    while (max(rows, columns) - 1) >> (levels - 1):
        levels += 1
    pyramid = [sums]
    for _ in range(levels - 1):
        pyramid.append(_halve(pyramid[-1]))
    coarse = np.zeros((1, 1, 4), np.float32)
    for level in range(levels - 1, -1, -1):
        fine = out if level == 0 else np.empty((*pyramid[level].shape[:2], 4), np.float32)
        _push(pyramid[level], coarse, fine)
        coarse = fine


@kernel()
def _halve(sums: np.ndarray) -> np.ndarray:
    rows, columns, _ = sums.shape
    half = np.zeros(((rows + 1) // 2, (columns + 1) // 2, 5), np.float32)
    for row in range(rows):
        for column in range(columns):
            weight = sums[row, column, 4]
            if weight > 0:
                # A cell counts fully once it holds one pixel: what is known should not drown in larger areas.
                scale = min(np.float32(1), np.float32(1) / weight)
                for c in range(5):
                    half[row // 2, column // 2, c] += scale * sums[row, column, c]
    return half


@kernel()
def _push(sums: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> None:
    rows, columns, _ = sums.shape
    last_row, last_column = coarse.shape[0] - 1, coarse.shape[1] - 1
    for row in range(rows):
        i = (row - 1) // 2
        v = np.float32(0.25 if row % 2 else 0.75)
        top, bottom = max(i, 0), min(i + 1, last_row)
        for column in range(columns):
            weight = sums[row, column, 4]
            known = min(weight, np.float32(1))
            j = (column - 1) // 2
            u = np.float32(0.25 if column % 2 else 0.75)
            left, right = max(j, 0), min(j + 1, last_column)
            for c in range(4):
                value = np.float32(0)
                if known < 1:
                    above = coarse[top, left, c] * (1 - u) + coarse[top, right, c] * u
                    below = coarse[bottom, left, c] * (1 - u) + coarse[bottom, right, c] * u
                    value = (above * (1 - v) + below * v) * (1 - known)
                if weight > 0:
                    value += known * sums[row, column, c] / weight
                fine[row, column, c] = value
