"""The readable twin of the fast kernels: the same picture from whole kernels stamped one by one.

Nothing here is written for speed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.render import hidden, samples
from anybokeh.render.hidden import CELL, THRESHOLDS
from anybokeh.render.kernels import KernelBank, Kernels
from anybokeh.render.known_hidden import KnownHidden
from anybokeh.render.layers import (
    BASE_HALF_LAYERS,
    BASE_LAYERS,
    BASE_LAYERS_PER_UNIT,
    BASE_RADIUS,
    FOCUS_LAYER,
    LAYERS_PER_OCTAVE,
    REDUCED_LAYERS,
    REDUCED_RADIUS,
    highest_level,
)
from anybokeh.render.outlines import CELL as OUTLINE_CELL
from anybokeh.render.outlines import Outlines
from anybokeh.render.splat import NEGLIGIBLE_COVERAGE


class PlainPoints(NamedTuple):
    """Visible and revealed hidden samples, in no particular order; each array holds one entry a sample.

    Attributes:
        y, x: (points,) pixel.
        coc: (points,) signed circle of confusion in pixels.
        light: (points, 4) linear RGB times weight, and weight.
    """

    y: np.ndarray
    x: np.ndarray
    coc: np.ndarray
    light: np.ndarray


class PlainSamples(NamedTuple):
    """What is stamped on one level; each array holds one entry a sample.

    Attributes:
        row, column: (samples,) cell.
        layer: (samples,) layer within the level, 0 in front.
        kernel: (samples,) index into the kernels.
        light: (samples, 4) linear RGB times weight, and weight.
    """

    row: np.ndarray
    column: np.ndarray
    layer: np.ndarray
    kernel: np.ndarray
    light: np.ndarray


def composite(
    light: np.ndarray,
    coc: np.ndarray,
    outlines: Outlines,
    low: float,
    high: float,
    bank: KernelBank,
    known: KnownHidden | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Blur and composite one frame in linear light; arguments and results as `layered.composite`."""
    height, width = coc.shape
    share, near, far = taken_apart(light, coc, outlines)
    hidden_surfaces = find_hidden_surfaces(share, near, far, low, high)
    points = list_points(coc, share, near, far, *hidden_surfaces, known)
    result = np.zeros((height, width, 4), np.float32)
    for level in range(highest_level(coc.max()), 0, -1):
        _draw_level(points, level, bank, result)
    in_front = np.zeros((height, width), np.float32)
    for layer, blurred in enumerate(
        splat(base_samples(points, coc.shape, bank.full), coc.shape, BASE_LAYERS, bank.full)
    ):
        if layer == FOCUS_LAYER:
            in_front = result[..., 3].copy()
        lay_behind(result, blurred)
    least = coc.min() if known is None or not len(known.x) else min(coc.min(), known.values[:, 3].min())
    for level in range(1, highest_level(-least) + 1):
        _draw_level(points, -level, bank, result)
    return result, in_front


def taken_apart(
    light: np.ndarray, coc: np.ndarray, outlines: Outlines
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of the nearer surface (height, width), and RGB with circle of confusion of both, (…, 4)."""
    height, width = coc.shape
    far = np.dstack([light, coc])
    near, share = far.copy(), np.zeros_like(coc)
    for row, column in np.argwhere(outlines.index >= 0):
        y, x = row * OUTLINE_CELL, column * OUTLINE_CELL
        here = slice(y, y + OUTLINE_CELL), slice(x, x + OUTLINE_CELL)
        inside = slice(0, min(OUTLINE_CELL, height - y)), slice(0, min(OUTLINE_CELL, width - x))
        cell = outlines.index[row, column]
        for whole, part in ((share, outlines.share), (near, outlines.near), (far, outlines.far)):
            whole[here] = part[cell][inside]
    return share, near, far


def _draw_level(points: PlainPoints, level: int, bank: KernelBank, result: np.ndarray) -> None:
    height, width, _ = result.shape
    size = 1 << abs(level)
    cells = -(-height // size), -(-width // size)
    samples = level_samples(points, (height, width), level, bank.reduced)
    for blurred in splat(samples, cells, REDUCED_LAYERS, bank.reduced):
        lay_behind(result, enlarge(blurred, size, height, width))


def squash(coc: np.ndarray) -> np.ndarray:
    """sign(coc) * log(1 + |coc|)."""
    return np.copysign(np.log1p(np.abs(coc)), coc)


def enlarge(picture: np.ndarray, size: int, height: int, width: int) -> np.ndarray:
    """Bilinear enlargement of cells of size x size pixels, (rows, columns, c) to (height, width, c)."""
    top, bottom, v = _between(height, size, picture.shape[0])
    left, right, u = _between(width, size, picture.shape[1])
    v, u = v[:, None, None], u[None, :, None]
    above = picture[top][:, left] * (1 - u) + picture[top][:, right] * u
    below = picture[bottom][:, left] * (1 - u) + picture[bottom][:, right] * u
    return above * (1 - v) + below * v


def _between(pixels: int, size: int, cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two cells whose centres enclose each pixel, and the share of the second."""
    position = np.clip((np.arange(pixels) + 0.5) / size - 0.5, 0, cells - 1).astype(np.float32)
    first = position.astype(int)
    return first, np.minimum(first + 1, cells - 1), position - first


def find_hidden_surfaces(
    share: np.ndarray, near: np.ndarray, far: np.ndarray, low: float, high: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds, fill behind each, and reach of the outlines there, as `hidden.HiddenSurfaces`."""
    first, last = squash(np.array([low, high], np.float64))
    spacing = max((last - first) / (THRESHOLDS + 1), 1e-6)
    thresholds = (first + spacing * np.arange(1, THRESHOLDS + 1)).astype(np.float32)
    behind = sum(
        _sum_behind(surface, worth**2, np.float32(first), np.float32(1 / spacing))
        for surface, worth in ((near, share), (far, 1 - share))
    )
    fill = np.stack([_pull_push(sums) for sums in behind[:THRESHOLDS]])
    reach = np.stack([_spread(_outline_reach(sums, behind[THRESHOLDS])) for sums in behind[:THRESHOLDS]])
    return thresholds, fill, reach


def _sum_behind(surface: np.ndarray, worth: np.ndarray, first: np.float32, scale: np.float32) -> np.ndarray:
    """(thresholds + 1, rows, columns, 5) sums over cells of RGB, circle of confusion and weight of pixels.

    Entry k holds what lies behind threshold k, the last entry all pixels.
    """
    height, width = worth.shape
    sums = np.zeros((THRESHOLDS + 1, -(-height // CELL), -(-width // CELL), 5), np.float32)
    y, x = np.indices(worth.shape)
    # thresholds stand at 1, 2, ...
    band = (squash(surface[..., 3]) - first) * scale
    values = np.dstack([surface, np.ones_like(worth)]) * worth[..., None]
    for k in range(THRESHOLDS + 1):
        membership = (
            np.clip((k + 1 - band) * np.float32(hidden._SHARPNESS) + np.float32(0.5), 0, 1)
            if k < THRESHOLDS
            else np.ones_like(worth)
        )
        np.add.at(sums[k], (y // CELL, x // CELL), membership[..., None] * values)
    return sums


def _outline_reach(behind: np.ndarray, every: np.ndarray) -> np.ndarray:
    """(rows, columns): over how many pixels the outline in a cell matters, 0 where there is none."""
    back_sum, every_sum = _neighbourhood(behind[..., 3:]), _neighbourhood(every[..., 3:])
    front_sum = every_sum - back_sum
    back_weight, front_weight = back_sum[..., 1], front_sum[..., 1]
    back = back_sum[..., 0] / np.maximum(back_weight, hidden.LEAST_WEIGHT)
    front = front_sum[..., 0] / np.maximum(front_weight, hidden.LEAST_WEIGHT)
    step = hidden._OUTLINE_STEP + hidden._OUTLINE_SLOPE * np.minimum(np.abs(front), np.abs(back))
    least = hidden.LEAST_WEIGHT
    enough = (back_weight >= least) & (front_weight >= least) & (behind[..., 4] > 0)
    outline = enough & (front - back > step)
    return np.where(outline, np.abs(front) + np.abs(back) + np.float32(hidden._EXTRA_REACH), 0)


def _neighbourhood(values: np.ndarray) -> np.ndarray:
    """Sum over the 3 x 3 cells around each."""
    rows, columns, _ = values.shape
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)))
    return sum(padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3))  # pyright: ignore


def _spread(reach: np.ndarray) -> np.ndarray:
    """Lower each reach by the distance walked over cells, straight or diagonal, until nothing changes."""
    rows, columns = reach.shape
    while True:
        padded = np.pad(reach, 1)
        spread = reach
        for i in range(3):
            for j in range(3):
                walked = CELL * (0, 1, 1.4142)[abs(i - 1) + abs(j - 1)]
                spread = np.maximum(spread, padded[i : i + rows, j : j + columns] - np.float32(walked))
        if np.array_equal(spread, reach):
            return reach
        reach = spread


def _pull_push(sums: np.ndarray) -> np.ndarray:
    """Weighted means where there is weight, means of ever larger surroundings where there is none.

    `sums` is (rows, columns, 5), four weighted sums and their weight; returns (rows, columns, 4).
    """
    rows, columns, _ = sums.shape
    weight = sums[..., 4:]
    known = np.minimum(weight, 1)
    means = np.divide(sums[..., :4], weight, out=np.zeros_like(sums[..., :4]), where=weight > 0)
    if rows == columns == 1:
        return known * means
    capped = np.concatenate([known * means, known], axis=-1)
    capped = np.pad(capped, ((0, rows % 2), (0, columns % 2), (0, 0)))
    coarse = _pull_push(capped[::2, ::2] + capped[::2, 1::2] + capped[1::2, ::2] + capped[1::2, 1::2])
    return known * means + (1 - known) * enlarge(coarse, 2, rows, columns)


def list_points(
    coc: np.ndarray,
    share: np.ndarray,
    near: np.ndarray,
    far: np.ndarray,
    thresholds: np.ndarray,
    fill: np.ndarray,
    reach: np.ndarray,
    known: KnownHidden | None,
) -> PlainPoints:
    """Every visible sample, and behind each those hidden ones that blur may reveal."""
    height, width = share.shape
    y, x = (index.ravel() for index in np.indices(share.shape))
    spacing = thresholds[1] - thresholds[0]
    fills = np.stack([enlarge(one, CELL, height, width) for one in fill])
    unused = _known_by_pixel(known)
    whole = np.where((share == 1)[..., None], near, far)
    for at in zip(
        *np.nonzero((share > 0) & (share < 1) & (2 * coc > near[..., 3] + far[..., 3])), strict=True
    ):
        _merge_known(unused.get(at, []), near[at][3], share[at], whole[at])
    found = [_points(y, x, whole.reshape(-1, 4), np.ones(share.size, np.float32))]
    mixed = np.nonzero((share > 0) & (share < 1))
    at_outlines = _points(*mixed, near[mixed], share[mixed])
    for _ in range(samples.HIDDEN_DEPTH):
        front = found[-1]
        place = squash(front.coc) - np.float32(samples._MARGIN) * spacing
        k = np.minimum(np.floor((place - thresholds[0]) / spacing).astype(int), THRESHOLDS - 1)
        remaining = reach[k, front.y // CELL, front.x // CELL]
        surface = fills[k, front.y, front.x]
        for n in np.flatnonzero((k >= 0) & (remaining > 0)):
            _merge_known(unused.get((front.y[n], front.x[n]), []), front.coc[n], 1, surface[n])
        revealed = (k >= 0) & (remaining > 0) & (surface[:, 3] < front.coc)
        weight = np.minimum(1, remaining / np.float32(samples._FADE))[:, None]
        shared = np.concatenate([surface[:, :3] * weight, weight], axis=1)
        found.append(
            PlainPoints(front.y[revealed], front.x[revealed], surface[revealed, 3], shared[revealed])
        )
    return PlainPoints(*(np.concatenate(parts) for parts in zip(at_outlines, *found, strict=True)))


def _merge_known(behind: list[np.ndarray], front: float, share: float, surface: np.ndarray) -> None:
    """Blend the nearest of the known surfaces behind `front` into a surface, and use it up."""
    while behind and behind[0][3] >= front:
        behind.pop(0)
    if behind:
        nearest = behind.pop(0)
        surface += share * nearest[4] * (nearest[:4] - surface)


def _known_by_pixel(known: KnownHidden | None) -> dict[tuple[int, int], list[np.ndarray]]:
    """Known surfaces by row and column, the nearest first."""
    found: dict[tuple[int, int], list[np.ndarray]] = {}
    if known is not None:
        rows = np.repeat(np.arange(len(known.begins) - 1), np.diff(known.begins))
        for y, x, values in zip(rows, known.x, known.values, strict=True):
            found.setdefault((y, x), []).append(values)
    return found


def _points(y: np.ndarray, x: np.ndarray, surface: np.ndarray, weight: np.ndarray) -> PlainPoints:
    light = np.concatenate([surface[:, :3], np.ones_like(weight)[:, None]], axis=1) * weight[:, None]
    return PlainPoints(y, x, surface[:, 3], light)


def level_of(coc: np.ndarray) -> np.ndarray:
    """Level on which discs are drawn, negative behind the focal plane."""
    radius = np.abs(coc)
    halvings = np.ceil(
        np.log2(np.maximum(radius, np.float32(2 * REDUCED_RADIUS)) / np.float32(REDUCED_RADIUS))
    )
    return np.copysign(np.where(radius > BASE_RADIUS, halvings, 0), coc).astype(int)


def base_samples(points: PlainPoints, shape: tuple[int, int], kernels: Kernels) -> PlainSamples:
    """Samples of level 0, one a point, in layers uniform in log(1 + r)."""
    here = level_of(points.coc) == 0
    y, x, coc, light = (part[here] for part in points)
    step = np.minimum((BASE_LAYERS_PER_UNIT * np.abs(squash(coc))).astype(int), BASE_HALF_LAYERS - 1)
    layer = np.where(coc > 0, FOCUS_LAYER - step, FOCUS_LAYER + step)
    return PlainSamples(y, x, layer, choose_kernel(coc, y, x, shape, kernels), light)


def level_samples(points: PlainPoints, shape: tuple[int, int], level: int, kernels: Kernels) -> PlainSamples:
    """Samples of a reduced level: per layer, what the points share among the four cells around them."""
    here = level_of(points.coc) == level
    y, x, coc, light = (part[here] for part in points)
    size = 1 << abs(level)
    rows, columns = -(-shape[0] // size), -(-shape[1] // size)
    radius = np.abs(coc) / np.float32(size)
    step = np.clip((LAYERS_PER_OCTAVE * np.log2(radius * np.float32(2 / BASE_RADIUS))).astype(int), 0, None)
    step = np.minimum(step, REDUCED_LAYERS - 1)
    layer = REDUCED_LAYERS - 1 - step if level > 0 else step
    values = np.concatenate([light, light[:, 3:] * radius[:, None]], axis=1)
    sums = np.zeros((REDUCED_LAYERS, rows, columns, 5), np.float32)
    pixels = np.zeros((rows, columns))
    for at, share in _four_cells(shape[0], shape[1], size, rows, columns):
        np.add.at(pixels, at, share)
        np.add.at(sums, (layer, at[0][y, x], at[1][y, x]), share[y, x, None] * values)
    layer, row, column = np.nonzero(sums[..., 3] > 1e-4)
    cell = sums[layer, row, column]
    kernel = choose_kernel(np.sign(level) * cell[:, 4] / cell[:, 3], row, column, (rows, columns), kernels)
    return PlainSamples(row, column, layer, kernel, cell[:, :4] / pixels[row, column, None])


def _four_cells(height: int, width: int, size: int, rows: int, columns: int) -> list:
    """Row and column of the four cells around each pixel, and the pixel's share in each, (height, width)."""
    top, bottom, v = _between(height, size, rows)
    left, right, u = _between(width, size, columns)
    return [
        (tuple(np.broadcast_arrays(row[:, None], column[None, :])), down[:, None] * across[None, :])
        for row, down in ((top, 1 - v), (bottom, v))
        for column, across in ((left, 1 - u), (right, u))
    ]


def choose_kernel(
    coc: np.ndarray, row: np.ndarray, column: np.ndarray, shape: tuple[int, int], kernels: Kernels
) -> np.ndarray:
    """Index of the kernel of the nearest radius, for the place in the picture; `coc` in cells."""
    across, down = kernels.field
    field_cell = row * down // shape[0] * across + column * across // shape[1]
    radius = np.abs(coc)
    index = field_cell * kernels.bins + (radius * np.float32(kernels.steps) + np.float32(0.5)).astype(int)
    return np.where((coc > 0) & kernels.turned, len(kernels.reaches) - 1 - index, index)


def splat(drawn: PlainSamples, shape: tuple[int, int], layer_count: int, kernels: Kernels) -> np.ndarray:
    """Stamp every sample's kernel onto its layer: (layers, height, width, 4), light and coverage.

    Samples of the border are repeated beyond it as far as kernels reach, so that the picture does not fade.
    """
    height, width = shape
    reach, side = kernels.reach, kernels.side
    pictures = np.zeros((layer_count, height + 4 * reach, width + 4 * side, 4))
    stamps = {index: kernels.kernel(index)[..., None] for index in np.unique(drawn.kernel)}
    for row, column, layer, kernel, light in zip(*drawn, strict=True):
        stamp = stamps[kernel] * light
        for y in _stands_for(row, height, reach):
            for x in _stands_for(column, width, side):
                pictures[layer, y + reach : y + 3 * reach + 1, x + side : x + 3 * side + 1] += stamp
    return pictures[:, 2 * reach : 2 * reach + height, 2 * side : 2 * side + width].astype(np.float32)


def _stands_for(index: int, length: int, beyond: int) -> range:
    return range(-beyond if index == 0 else index, length + beyond if index == length - 1 else index + 1)


def lay_behind(result: np.ndarray, blurred: np.ndarray) -> None:
    """Add a layer's light and coverage as far as there is room, in place; both (height, width, 4)."""
    cover = blurred[..., 3]
    share = np.minimum(1, (1 - result[..., 3]) / np.maximum(cover, NEGLIGIBLE_COVERAGE))
    result += np.where(cover > NEGLIGIBLE_COVERAGE, share, 0)[..., None] * blurred
