"""The readable twin of the fast kernels: the same picture from whole kernels stamped one by one.

Nothing here is written for speed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.render import hidden, outline_coverage, samples
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
    low: float,
    high: float,
    bank: KernelBank,
    known: KnownHidden | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Blur and composite one frame in linear light; arguments and results as `layered.composite`."""
    height, width = coc.shape
    points = list_points(light, coc, *find_hidden_surfaces(light, coc, low, high), known)
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
    for level in range(1, highest_level(-coc.min()) + 1):
        _draw_level(points, -level, bank, result)
    return result, in_front


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
    light: np.ndarray, coc: np.ndarray, low: float, high: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds, fill behind each, and reach of the outlines there, as `hidden.HiddenSurfaces`."""
    first, last = squash(np.array([low, high], np.float64))
    spacing = max((last - first) / (THRESHOLDS + 1), 1e-6)
    thresholds = (first + spacing * np.arange(1, THRESHOLDS + 1)).astype(np.float32)
    band = (squash(coc) - np.float32(first)) * np.float32(1 / spacing)
    behind = _sum_behind(light, coc, band)
    fill = np.stack([_pull_push(sums) for sums in behind[:THRESHOLDS]])
    reach = np.stack([_spread(_outline_reach(sums, behind[THRESHOLDS])) for sums in behind[:THRESHOLDS]])
    return thresholds, fill, reach


def _sum_behind(light: np.ndarray, coc: np.ndarray, band: np.ndarray) -> np.ndarray:
    """(thresholds + 1, rows, columns, 5) sums over cells of RGB, circle of confusion and weight of pixels.

    Entry k holds what lies behind threshold k, the last entry all pixels; `band` is the place between the
    thresholds, which stand at 1, 2, ...
    """
    height, width = coc.shape
    sums = np.zeros((THRESHOLDS + 1, -(-height // CELL), -(-width // CELL), 5), np.float32)
    y, x = np.indices(coc.shape)
    own, worth = freed_for_hiding(light, coc)
    values = np.dstack([own, coc, np.ones_like(coc)]) * worth[..., None]
    for k in range(THRESHOLDS + 1):
        membership = (
            np.clip((k + 1 - band) * np.float32(hidden._SHARPNESS) + np.float32(0.5), 0, 1)
            if k < THRESHOLDS
            else np.ones_like(coc)
        )
        np.add.at(sums[k], (y // CELL, x // CELL), membership[..., None] * values)
    return sums


def freed_for_hiding(light: np.ndarray, coc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours without the nearer surface at outlines, and what they are worth for filling what is hidden."""
    own, worth = light.copy(), np.ones_like(coc)
    for y, x, dy, dx in zip(*nearer_neighbours(coc), strict=True):
        held, known, _, own[y, x] = nearer_coverage(light, coc, (y, x), (dy, dx), 2)
        worth[y, x] = (1 - held) ** 2 if known else outline_coverage.UNKNOWN_WEIGHT
    return own, worth


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
    light: np.ndarray,
    coc: np.ndarray,
    thresholds: np.ndarray,
    fill: np.ndarray,
    reach: np.ndarray,
    known: KnownHidden | None,
) -> PlainPoints:
    """Every visible sample, and behind each those hidden ones that blur may reveal."""
    height, width = coc.shape
    y, x = (index.ravel() for index in np.indices(coc.shape))
    spacing = thresholds[1] - thresholds[0]
    fills = np.stack([enlarge(one, CELL, height, width) for one in fill])
    light, at_outlines = undo_mixtures(light, coc)
    found = [PlainPoints(y, x, coc.ravel(), np.dstack([light, np.ones_like(coc)]).reshape(-1, 4))]
    unused = _known_by_pixel(known)
    for _ in range(samples.HIDDEN_DEPTH):
        front = found[-1]
        place = squash(front.coc) - np.float32(samples._MARGIN) * spacing
        k = np.minimum(np.floor((place - thresholds[0]) / spacing).astype(int), THRESHOLDS - 1)
        remaining = reach[k, front.y // CELL, front.x // CELL]
        surface = fills[k, front.y, front.x]
        for n in np.flatnonzero((k >= 0) & (remaining > 0)):
            behind = unused.get((front.y[n], front.x[n]), [])
            while behind and behind[0][3] >= front.coc[n]:
                behind.pop(0)
            if behind:
                nearest = behind.pop(0)
                surface[n] += nearest[4] * (nearest[:4] - surface[n])
        revealed = (k >= 0) & (remaining > 0) & (surface[:, 3] < front.coc)
        weight = np.minimum(1, remaining / np.float32(samples._FADE))[:, None]
        shared = np.concatenate([surface[:, :3] * weight, weight], axis=1)
        found.append(
            PlainPoints(front.y[revealed], front.x[revealed], surface[revealed, 3], shared[revealed])
        )
    return PlainPoints(*(np.concatenate(parts) for parts in zip(at_outlines, *found, strict=True)))


def _known_by_pixel(known: KnownHidden | None) -> dict[tuple[int, int], list[np.ndarray]]:
    """Known surfaces by row and column, the nearest first."""
    found: dict[tuple[int, int], list[np.ndarray]] = {}
    if known is not None:
        rows = np.repeat(np.arange(len(known.begins) - 1), np.diff(known.begins))
        for y, x, values in zip(rows, known.x, known.values, strict=True):
            found.setdefault((y, x), []).append(values)
    return found


def undo_mixtures(light: np.ndarray, coc: np.ndarray) -> tuple[np.ndarray, PlainPoints]:
    """The picture with silhouettes freed from the colour of nearer surfaces, and what these cover there."""
    freed = light.copy()
    found = []
    for y, x, dy, dx in zip(*nearer_neighbours(coc), strict=True):
        share, _, near, far = nearer_coverage(light, coc, (y, x), (dy, dx), 1)
        if share > 0:
            freed[y, x] = far
            found.append((y, x, coc[y + dy, x + dx], [*(near * share), share]))
    if not found:
        nowhere = np.zeros(0, int)
        return freed, PlainPoints(nowhere, nowhere, np.zeros(0, np.float32), np.zeros((0, 4), np.float32))
    y, x, front, shared = zip(*found, strict=True)
    return freed, PlainPoints(np.array(y), np.array(x), np.array(front), np.array(shared, np.float32))


def nearer_neighbours(coc: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """y, x of every pixel with an outline to a nearer neighbour, and offset dy, dx to the nearest."""
    height, width = coc.shape
    padded = np.pad(coc, 1, constant_values=-np.inf)
    around = np.stack([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)])
    # The last one of equals.
    best, which = around.max(0), 8 - around[::-1].argmax(0)
    step = outline_coverage._STEP + outline_coverage._SLOPE * np.minimum(np.abs(coc), np.abs(best))
    y, x = np.nonzero(best - coc > step)
    return y, x, which[y, x] // 3 - 1, which[y, x] % 3 - 1


def nearer_coverage(
    light: np.ndarray, coc: np.ndarray, at: tuple[int, int], towards: tuple[int, int], beyond: int
) -> tuple[float, bool, np.ndarray, np.ndarray]:
    """Share that a neighbour's surface covers, whether it is known, that surface's colour, and its own."""
    (y, x), (dy, dx) = at, towards
    pixel = light[y, x]
    tolerance = 0.25 * (coc[y + dy, x + dx] - coc[y, x])
    # One pixel farther in, if that is still the same surface: the first may be mixed too.
    farther_in = 2 if _is_on(coc, y + 2 * dy, x + 2 * dx, coc[y + dy, x + dx], tolerance) else 1
    near = light[y + farther_in * dy, x + farther_in * dx]
    if not _is_on(coc, y - dy, x - dx, coc[y, x], tolerance):
        return 0.0, False, near, pixel
    if not _is_on(coc, y - beyond * dy, x - beyond * dx, coc[y, x], tolerance):
        beyond = 1
    behind = light[y - beyond * dy, x - beyond * dx]
    span = near - behind
    contrast = span @ span
    if contrast < outline_coverage._LEAST_CONTRAST:
        return 0.0, True, near, pixel
    share = np.clip((pixel - behind) @ span / contrast, 0, outline_coverage.LARGEST_COVERAGE)
    # Colours that are no mixture of the two are left alone.
    rest = pixel - (behind + share * span)
    share *= max(0.0, 1 - rest @ rest / (outline_coverage._DOUBT * contrast))
    return share, True, near, np.maximum((pixel - share * near) / (1 - share), 0)


def _is_on(coc: np.ndarray, y: int, x: int, surface: float, tolerance: float) -> bool:
    height, width = coc.shape
    return 0 <= y < height and 0 <= x < width and abs(coc[y, x] - surface) < tolerance


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
