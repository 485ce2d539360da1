"""The kernels of disparity once more in plain numpy, slow and readable.

The functions take what the kernels take, but for the threads, and return what those write.
"""

from __future__ import annotations

import numpy as np

from anybokeh.disparity.outline_kernels import BINOMIAL, COLOUR_STEP, OUTLINE_SHARE, RAMP_SHARE, TAPS
from anybokeh.disparity.recall import ALIKE
from anybokeh.disparity.still_average import FEWEST, LEVELS, LONELY, TUKEY


def weigh_colours(picture, disparity, grid, weights) -> np.ndarray:
    """(4, height, width); NaN where there is no evidence. See `outline_kernels.weigh_colours`."""
    scale, (likeness, nearness, doubt, floor, least) = grid.scale, weights
    at = _grid_places(disparity.shape, scale)
    middle, gap = grid.split[at], grid.half_gap[at]
    colours = picture.astype(np.int64)
    # sums of one side: likeness, weight, value, weight of values, likeness and weight of sure samples
    near, far = np.zeros((2, 6, *disparity.shape))
    stride = 2 * scale
    for i in range(TAPS):
        for j in range(TAPS):
            there = _shifted_places(disparity.shape, (i - TAPS // 2) * stride, (j - TAPS // 2) * stride)
            value = disparity[there]
            side = (value - middle) / np.where(gap > 0, gap, 1)
            squared = ((colours - colours[there]) ** 2).sum(axis=2)
            like = likeness[np.minimum(squared // COLOUR_STEP, len(likeness) - 1)]
            point = there[0] // scale, there[1] // scale
            for sums, mine, sure in (
                (near, side > 0, grid.core_low[point] > middle),
                (far, side <= 0, grid.core_high[point] < middle),
            ):
                weight = nearness[i, j] * np.minimum(side**2, 1) * np.where(sure, 1, doubt) * mine
                known = nearness[i, j] * (sure & mine)
                sums += weight * like, weight, weight * side**2 * value, weight * side**2, known * like, known
    with np.errstate(invalid="ignore", divide="ignore"):
        every = np.log((near[0] / near[1] + floor) / (far[0] / far[1] + floor))
        sure = np.log((near[4] / near[5] + floor) / (far[4] / far[5] + floor))
        result = np.stack([every, sure, near[2] / near[3], far[2] / far[3]])
    result[:, (middle < 0) | (near[3] < 1e-5) | (far[3] < 1e-5)] = np.nan
    result[1, (near[5] <= least) | (far[5] <= least)] = np.nan
    return result


def judge(disparity, evidence, grid) -> tuple[np.ndarray, np.ndarray]:
    """Smoothed evidence (2, height, width) and judgement (6, cells down, cells across)."""
    scale = grid.scale
    smooth = np.stack([_smoothed(evidence[0], scale), _smoothed(evidence[1], scale)])
    at = _grid_places(disparity.shape, scale)
    known = ~np.isnan(evidence[0])
    gap = evidence[2] - evidence[3]
    nearer = disparity > (evidence[2] + evidence[3]) / 2
    agreement = np.nan_to_num(np.where(nearer, smooth[1], -smooth[1]))
    ramps = known & (_rampness(disparity, scale) > RAMP_SHARE * gap)
    outlines = known & (_local_range(disparity, scale) > OUTLINE_SHARE * gap)
    contra, pro = np.maximum(-agreement, 0), np.maximum(agreement, 0)
    close, inside = grid.close[at], grid.inside[at]
    parts = contra * close, pro * close, ramps, outlines, contra * inside, pro * inside
    return smooth, np.stack([_cell_sums(part, grid.cell) for part in parts])


def decide(disparity, evidence, smooth, grid, memory, verdict, trust, pure) -> np.ndarray:
    """The new disparity. See `outline_kernels.decide`."""
    soft, misplaced, clear = verdict
    at, cells = (_grid_places(disparity.shape, side) for side in (grid.scale, grid.cell))
    near, far = evidence[2], evidence[3]
    half = (near - far) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.clip((disparity - (near + far) / 2) / half, -1, 1)
        lasting = np.clip(own + memory[at] / half, -1, 1)
    odds = clear[cells] * smooth + trust * lasting
    agrees = (odds > 0) == (own > 0)
    third_surface = (np.abs(own) < pure) & (
        _local_range(disparity, grid.scale) < OUTLINE_SHARE * (near - far)
    )
    known = ~np.isnan(smooth[0]) & (half > 0)
    blurred = known & soft[cells]
    moved = known & ~soft[cells] & misplaced[cells] & grid.close[at] & ~np.isnan(smooth[1])
    change = (blurred & ~third_surface & ~((np.abs(own) >= pure) & agrees[0])) | (moved & ~agrees[1])
    to_near = np.where(blurred, odds[0], odds[1]) > 0
    return np.where(change, np.where(to_near, near, far), disparity)


def add_up(own, near_outline, flow, other, calibration):
    """Differences and how many there are, (height, width) each. See `recall._add_up`."""
    picture, disparity = own
    height, width = disparity.shape
    ratio = np.array([width / flow.shape[1], height / flow.shape[0]])
    y, x = np.mgrid[:height, :width]
    gone = flow[((y + 0.5) / ratio[1]).astype(int), ((x + 0.5) / ratio[0]).astype(int)] * ratio
    u, v = np.floor(x + gone[..., 0] + 0.5).astype(int), np.floor(y + gone[..., 1] + 0.5).astype(int)
    known = near_outline & (u >= 0) & (v >= 0) & (u < width) & (v < height)
    u, v = np.where(known, u, 0), np.where(known, v, 0)
    known &= np.abs(picture.astype(int) - other.picture[v, u].astype(int)).max(axis=2) <= ALIKE
    return np.where(known, calibration(other.disparity[v, u]) - disparity, 0), known.astype(np.float32)


def add(disparity, small, added, spread, calibration) -> np.ndarray:
    """See `averaging.corrected`."""
    (top, down), (left, across) = (
        _taps(size, few) for size, few in zip(disparity.shape, small.shape, strict=True)
    )
    disparity = calibration(disparity)
    total, weights = np.zeros(disparity.shape), np.full(disparity.shape, 1e-6)
    for i in range(2):
        for j in range(2):
            at = np.ix_(np.minimum(top + i, small.shape[0] - 1), np.minimum(left + j, small.shape[1] - 1))
            weight = np.outer(np.abs(1 - i - down), np.abs(1 - j - across))
            weight = weight * (np.abs(small[at] - disparity) < spread)
            total += weight * added[at]
            weights += weight
    return np.clip(disparity + total / weights, 0, 1)


def average_still(result, given, ring, own, others, before, weights, noise) -> np.ndarray:
    """See `still_average.average_still`."""
    height, width = result.shape
    rows, columns = (
        np.arange(size) * few // size for size, few in zip(result.shape, noise.shape, strict=True)
    )
    averaged = result.astype(np.float64)
    for y in range(height):
        for x in range(width):
            weight = weights[:, rows[y], columns[x]].astype(np.float64)
            if not weight.any():
                continue
            difference = ring[others, y, x].astype(np.float64) - float(ring[own, y, x])
            spread = TUKEY * LEVELS * noise[rows[y], columns[x]]
            centre, agreeing = _agreed(difference, weight, 0, spread)
            if agreeing - 1 < LONELY * weight.sum() and _jumps(difference, weight, before):
                order = np.argsort(difference, kind="stable")
                half = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)
                centre = difference[order][half]
            centre, agreeing = _agreed(difference, weight, centre, spread)
            if agreeing > 0:
                share = min(weight.sum() / FEWEST, 1)
                averaged[y, x] += share * (given[y, x] + centre / LEVELS - averaged[y, x])
    return np.clip(averaged, 0, 1)


def _agreed(difference, weight, centre, spread) -> tuple[float, float]:
    values = np.append(difference, 0)
    counts = np.append(weight, 1) * np.maximum(1 - ((values - centre) / spread) ** 2, 0) ** 2
    return counts @ values / max(counts.sum(), 1e-9), counts.sum()


def _jumps(difference, weight, before) -> bool:
    sides = (difference[:before], weight[:before]), (difference[before:], weight[before:])
    if min(counts.sum() for _, counts in sides) < 1:
        return False
    earlier, later = (counts @ values / counts.sum() for values, counts in sides)
    return bool(earlier * later > 0 and abs(earlier - later) < 0.9 * min(abs(earlier), abs(later)))


def _taps(size: int, few: int) -> tuple[np.ndarray, np.ndarray]:
    position = np.clip((np.arange(size) + 0.5) * few / size - 0.5, 0, few - 1)
    return position.astype(int), position - position.astype(int)


def _grid_places(shape: tuple[int, ...], scale: int) -> tuple[np.ndarray, np.ndarray]:
    return np.ix_(np.arange(shape[0]) // scale, np.arange(shape[1]) // scale)  # type: ignore[return-value]


def _shifted_places(shape: tuple[int, ...], down: int, right: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.clip(np.arange(shape[0]) + down, 0, shape[0] - 1)
    x = np.clip(np.arange(shape[1]) + right, 0, shape[1] - 1)
    return np.ix_(y, x)  # type: ignore[return-value]


def _smoothed(values: np.ndarray, step: int) -> np.ndarray:
    padded = np.pad(values, step, constant_values=np.nan)
    total, weights = np.zeros((2, *values.shape))
    for i in range(3):
        for j in range(3):
            there = padded[i * step : i * step + len(values), j * step : j * step + values.shape[1]]
            weight = BINOMIAL[i] * BINOMIAL[j] * ~np.isnan(there)
            total += weight * np.nan_to_num(there)
            weights += weight
    return np.where(np.isnan(values), np.nan, total / np.maximum(weights, 1))


def _rampness(disparity: np.ndarray, step: int) -> np.ndarray:
    best = np.zeros(disparity.shape)
    for down, right in ((0, step), (step, 0), (step, step), (step, -step)):
        before = disparity - disparity[_shifted_places(disparity.shape, -down, -right)]
        after = disparity[_shifted_places(disparity.shape, down, right)] - disparity
        ramp = np.minimum(np.abs(before), np.abs(after))
        best = np.maximum(best, np.where(before * after > 0, ramp, 0))
    return best


def _local_range(disparity: np.ndarray, step: int) -> np.ndarray:
    offsets = (-step, 0, step)
    around = [disparity[_shifted_places(disparity.shape, i, j)] for i in offsets for j in offsets]
    return np.max(around, axis=0) - np.min(around, axis=0)


def _cell_sums(values: np.ndarray, cell: int) -> np.ndarray:
    height, width = values.shape
    padded = np.pad(values.astype(np.float64), ((0, -height % cell), (0, -width % cell)))
    return padded.reshape(padded.shape[0] // cell, cell, -1, cell).sum(axis=(1, 3))
