"""Samples: what is splatted. Every visible pixel, and every hidden one that blur may reveal.

`collect` lists them pixel row by pixel row; `base_samples` and `level_samples` sort them for drawing on one
level: by row of cells, and within a row by falling reach, so that the splat reads only those that touch the
row it draws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.render.hidden import CELL, THRESHOLDS, HiddenSurfaces
from anybokeh.render.kernels import Kernels
from anybokeh.render.known_hidden import KnownHidden, merge_known
from anybokeh.render.layers import (
    REDUCED_LAYERS,
    Pixels,
    base_layer,
    level_of,
    reduced_layer,
    squashed,
)
from anybokeh.render.outlines import CELL as OUTLINE_CELL
from anybokeh.render.outlines import Outlines, four_of
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.sparse_memory import sparse

HIDDEN_DEPTH = 2
"""How many surfaces behind the visible one are kept."""
PER_PIXEL = 2 + HIDDEN_DEPTH
"""Most samples that a pixel can have: part of a nearer surface, its own, and the hidden ones."""
WORDS = 7
"""32-bit words that an entry of `Samples` takes."""
_MARGIN = 0.25
_FADE = 8.0


class Points(NamedTuple):
    """Samples in pixel rows; row y holds its first counts[y] entries.

    Attributes:
        counts: (height,) int32.
        x: (height, capacity) int32.
        level: (height, capacity) int8, level on which it is drawn, negative behind the focal plane.
        layer: (height, capacity) int8, layer within its level, 0 in front.
        values: (height, capacity, 5) float32: linear RGB, signed circle of confusion, weight in [0, 1].
    """

    counts: np.ndarray
    x: np.ndarray
    level: np.ndarray
    layer: np.ndarray
    values: np.ndarray

    @classmethod
    def allocate(cls, height: int, width: int) -> Points:
        """Room for the samples of one picture, however many they are."""
        shape = height, width * PER_PIXEL
        return cls(
            np.zeros(height, np.int32),
            sparse(shape, np.int32),
            sparse(shape, np.int8),
            sparse(shape, np.int8),
            sparse((*shape, 5), np.float32),
        )


class Samples(NamedTuple):
    """Samples of one level, sorted by row and falling reach.

    Attributes:
        x: (rows, capacity) int32, column of the cell; replicated beyond the picture's left and right border.
        kernel: (rows, capacity) int32, index into the kernel bank.
        layer: (rows, capacity) int32, 0 in front.
        light: (rows, capacity, 4) float32, linear RGB times weight, and weight.
        reaching: (rows, reach + 1) int32, how many samples of the row reach at least 0, 1, 2, ... rows.
    """

    x: np.ndarray
    kernel: np.ndarray
    layer: np.ndarray
    light: np.ndarray
    reaching: np.ndarray

    @staticmethod
    def shape(points: Points, width: int, level: int, side: int) -> tuple[int, int]:
        """Rows, and the most samples of a row, of one level of a picture."""
        height, capacity = points.x.shape
        if level == 0:
            return height, capacity + 2 * side * PER_PIXEL
        return -(-height >> level), (-(-width >> level) + 2 * side) * REDUCED_LAYERS

    @classmethod
    def within(cls, memory: np.ndarray, shape: tuple[int, int], reach: int) -> Samples:
        """Samples of `shape` (rows, capacity) in the front of `memory`, (WORDS * rows * capacity,) int32."""
        entries = shape[0] * shape[1]
        x, kernel, layer = (memory[i * entries : (i + 1) * entries].reshape(shape) for i in range(3))
        light = memory[3 * entries : WORDS * entries].view(np.float32).reshape(*shape, 4)
        return cls(x, kernel, layer, light, np.zeros((shape[0], reach + 2), np.int32))


@kernel()
def collect(
    thread: int,
    threads: int,
    pixels: Pixels,
    outlines: Outlines,
    hidden: HiddenSurfaces,
    known: KnownHidden,
    points: Points,
) -> None:
    """List the visible and the revealed samples of a picture in `points`."""
    light, coc, position = pixels
    thresholds, fill, reach = hidden
    counts, xs, levels, layers, values = points
    height, width = coc.shape
    margin = np.float32(_MARGIN) * (thresholds[1] - thresholds[0])
    for y in range(thread, height, threads):
        n, seen = 0, known.begins[y]
        for x in range(width):
            while seen < known.begins[y + 1] and known.x[seen] < x:
                seen += 1
            cell = outlines.index[y // OUTLINE_CELL, x // OUTLINE_CELL]
            if cell < 0:
                for c in range(3):
                    values[y, n, c] = light[y, x, c]
                values[y, n, 3] = coc[y, x]
                place = position[y, x]
            else:
                i, j = y % OUTLINE_CELL, x % OUTLINE_CELL
                share = outlines.share[cell, i, j]
                near_coc = outlines.near[cell, i, j, 3]
                if 0 < share < 1:
                    for c in range(4):
                        values[y, n, c] = outlines.near[cell, i, j, c]
                    values[y, n, 4] = share
                    xs[y, n] = x
                    levels[y, n], layers[y, n] = _level_and_layer(near_coc, squashed(near_coc))
                    n += 1
                whole = four_of(outlines.near if share == 1 else outlines.far, cell, i, j)
                values[y, n, 0], values[y, n, 1], values[y, n, 2], values[y, n, 3] = whole
                if 0 < share < 1 and 2 * coc[y, x] > near_coc + whole[3]:
                    # The farther surface of a pixel on the nearer one is mostly hidden.
                    seen = merge_known(known, seen, y, x, near_coc, share, values, n)
                place = squashed(values[y, n, 3])
            values[y, n, 4] = 1
            for depth in range(HIDDEN_DEPTH + 1):
                front = values[y, n, 3]
                xs[y, n] = x
                levels[y, n], layers[y, n] = _level_and_layer(front, place)
                n += 1
                k = _threshold_behind(place - margin, thresholds)
                if depth == HIDDEN_DEPTH or k < 0:
                    break
                remaining = reach[k, y // CELL, x // CELL]
                if remaining <= 0:
                    break
                _sample_fill(fill, k, y, x, values, n)
                seen = merge_known(known, seen, y, x, front, 1, values, n)
                if values[y, n, 3] >= front:
                    break
                values[y, n, 4] = min(np.float32(1), remaining / np.float32(_FADE))
                place = squashed(values[y, n, 3])
        counts[y] = n


@kernel(inline="always")
def _level_and_layer(coc: float, position: float) -> tuple[int, int]:
    radius = abs(coc)
    level = level_of(radius)
    if level == 0:
        return 0, base_layer(position)
    layer = reduced_layer(radius / np.float32(1 << level))
    return (level, REDUCED_LAYERS - 1 - layer) if coc > 0 else (-level, layer)


@kernel(inline="always")
def _threshold_behind(position: float, thresholds: np.ndarray) -> int:
    spacing = thresholds[1] - thresholds[0]
    return min(int(np.floor((position - thresholds[0]) / spacing)), THRESHOLDS - 1)


@kernel(inline="always")
def _sample_fill(fill: np.ndarray, k: int, y: int, x: int, values: np.ndarray, n: int) -> None:
    """Write what fills a pixel behind threshold `k` to values[y, n]."""
    _, rows, columns, _ = fill.shape
    v = max((y + np.float32(0.5)) / CELL - np.float32(0.5), np.float32(0))
    u = max((x + np.float32(0.5)) / CELL - np.float32(0.5), np.float32(0))
    i, j = int(v), int(u)
    below, right = min(i + 1, rows - 1), min(j + 1, columns - 1)
    v -= i
    u -= j
    for c in range(4):
        top = fill[k, i, j, c] * (1 - u) + fill[k, i, right, c] * u
        bottom = fill[k, below, j, c] * (1 - u) + fill[k, below, right, c] * u
        values[y, n, c] = top * (1 - v) + bottom * v


@kernel()
def base_samples(
    thread: int, threads: int, points: Points, width: int, kernels: Kernels, samples: Samples
) -> None:
    """Sort the points of level 0 into `samples`; `width` is the picture's."""
    counts, xs, levels, layers, values = points
    reaching = samples.reaching
    height = counts.shape[0]
    for y in range(thread, height, threads):
        for r in range(reaching.shape[1]):
            reaching[y, r] = 0
        chosen = np.empty(counts[y], np.int32)
        cell_row = y * kernels.field[1] // height * kernels.field[0]
        for n in range(counts[y]):
            chosen[n] = -1
            if levels[y, n] == 0:
                x = xs[y, n]
                radius = abs(values[y, n, 3])
                chosen[n] = (cell_row + x * kernels.field[0] // width) * kernels.bins + int(
                    radius * np.float32(kernels.steps) + np.float32(0.5)
                )
                if kernels.turned and values[y, n, 3] > 0:
                    chosen[n] = kernels.reaches.shape[0] - 1 - chosen[n]
                reaching[y, kernels.reaches[chosen[n]]] += _copies(x, width, kernels.side)
        place = _falling_places(reaching[y])
        for n in range(counts[y]):
            if chosen[n] >= 0:
                weight = values[y, n, 4]
                light = values[y, n, 0] * weight, values[y, n, 1] * weight, values[y, n, 2] * weight, weight
                columns = _spread_of(xs[y, n], width, kernels.side)
                _write(samples, y, columns, place, kernels, chosen[n], layers[y, n], light)


@kernel()
def level_samples(
    thread: int, threads: int, points: Points, width: int, level: int, kernels: Kernels, samples: Samples
) -> None:
    """Sum the points of a reduced level, negative behind the focal plane, into `samples`.

    Each point is shared bilinearly among the four cells of 2^level pixels around it, which keeps its place.
    """
    counts, xs, levels, layers, values = points
    reaching = samples.reaching
    height = counts.shape[0]
    size = 1 << abs(level)
    rows, columns = -(-height // size), -(-width // size)
    across = _cell_weights(width, size)
    down = _cell_weights(height, size)
    half, cells_per_pixel = np.float32(0.5), np.float32(1 / size)
    # most rows have samples in a few layers only
    sums, used = np.empty((REDUCED_LAYERS, columns, 5), np.float32), np.empty(REDUCED_LAYERS, np.bool_)
    chosen = np.empty((REDUCED_LAYERS, columns), np.int32)
    for row in range(thread, rows, threads):
        for r in range(reaching.shape[1]):
            reaching[row, r] = 0
        used[:] = False
        for y in range(max(row * size - size // 2, 0), min(row * size + size + size // 2, height)):
            v = _share(y, row, size, rows)
            if v <= 0:
                continue
            for n in range(counts[y]):
                if levels[y, n] != level:
                    continue
                layer = layers[y, n]
                if not used[layer]:
                    sums[layer] = 0
                    used[layer] = True
                radius = abs(values[y, n, 3]) * cells_per_pixel
                position = (np.float32(xs[y, n]) + half) * cells_per_pixel - half
                left = int(np.floor(position))
                u = position - np.float32(left)
                for step in range(2):
                    column = min(max(left + step, 0), columns - 1)
                    weight = v * (u if step else np.float32(1) - u) * values[y, n, 4]
                    sums[layer, column, 0] += weight * values[y, n, 0]
                    sums[layer, column, 1] += weight * values[y, n, 1]
                    sums[layer, column, 2] += weight * values[y, n, 2]
                    sums[layer, column, 3] += weight * radius
                    sums[layer, column, 4] += weight
        cell_row = row * kernels.field[1] // rows * kernels.field[0]
        for layer in range(REDUCED_LAYERS):
            if not used[layer]:
                continue
            for column in range(columns):
                chosen[layer, column] = -1
                weight = sums[layer, column, 4]
                if weight > 1e-4:
                    radius = sums[layer, column, 3] / weight
                    index = (cell_row + column * kernels.field[0] // columns) * kernels.bins + int(
                        radius * kernels.steps + 0.5
                    )
                    if kernels.turned and level > 0:
                        index = kernels.reaches.shape[0] - 1 - index
                    chosen[layer, column] = index
                    reaching[row, kernels.reaches[index]] += _copies(column, columns, kernels.side)
        place = _falling_places(reaching[row])
        for layer in range(REDUCED_LAYERS):
            if not used[layer]:
                continue
            for column in range(columns):
                if chosen[layer, column] >= 0:
                    scale = 1 / (across[column] * down[row])
                    light = (
                        sums[layer, column, 0] * scale,
                        sums[layer, column, 1] * scale,
                        sums[layer, column, 2] * scale,
                        sums[layer, column, 4] * scale,
                    )
                    spread = _spread_of(column, columns, kernels.side)
                    _write(samples, row, spread, place, kernels, chosen[layer, column], layer, light)


@kernel(inline="always")
def _write(
    samples: Samples,
    row: int,
    columns: tuple[int, int],
    place: np.ndarray,
    kernels: Kernels,
    index: int,
    layer: int,
    light: tuple[float, float, float, float],
) -> None:
    """Add a sample at each of its columns; `place` holds where the next one of each reach goes."""
    reach = kernels.reaches[index]
    for column in range(columns[0], columns[1]):
        at = place[reach]
        place[reach] += 1
        samples.x[row, at] = column
        samples.kernel[row, at] = index
        samples.layer[row, at] = layer
        samples.light[row, at, 0] = light[0]
        samples.light[row, at, 1] = light[1]
        samples.light[row, at, 2] = light[2]
        samples.light[row, at, 3] = light[3]


@kernel(inline="always")
def _spread_of(x: int, width: int, side: int) -> tuple[int, int]:
    """Columns that a sample stands for: beyond the border the picture's edge is repeated."""
    return (-side if x == 0 else x), (width + side if x == width - 1 else x + 1)


@kernel(inline="always")
def _copies(x: int, width: int, side: int) -> int:
    low, high = _spread_of(x, width, side)
    return high - low


@kernel()
def _falling_places(histogram: np.ndarray) -> np.ndarray:
    """Turn counts by reach into counts of at least that reach, in place; return where each reach begins."""
    place = np.zeros(histogram.shape[0], np.int32)
    for r in range(histogram.shape[0] - 2, -1, -1):
        place[r] = histogram[r + 1]
        histogram[r] += histogram[r + 1]
    return place


@kernel(inline="always")
def _share(pixel: int, cell: int, size: int, cells: int) -> np.floating:
    position = (pixel + np.float32(0.5)) / size - np.float32(0.5)
    position = min(max(position, np.float32(0)), np.float32(cells - 1))
    return max(np.float32(0), 1 - abs(position - cell))


@kernel()
def _cell_weights(length: int, size: int) -> np.ndarray:
    cells = -(-length // size)
    weights = np.zeros(cells, np.float32)
    for pixel in range(length):
        position = (pixel + np.float32(0.5)) / size - np.float32(0.5)
        left = int(np.floor(position))
        u = position - left
        weights[min(max(left, 0), cells - 1)] += 1 - u
        weights[min(left + 1, cells - 1)] += u
    return weights
