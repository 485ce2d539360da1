"""The kernels of this folder once more in plain numpy, slow and readable; tests compare both.

The functions take what the kernels take, but for the threads, and return what those write.
"""

from __future__ import annotations

import numpy as np

from anybokeh.disparity.outline_kernels import BINOMIAL, COLOUR_STEP, OUTLINE_SHARE, RAMP_SHARE, TAPS
from anybokeh.disparity.recall import ALIKE


def weigh_colours(
    picture, disparity, split, half_gap, core_low, core_high, scale, likeness, nearness, doubt, floor, least
) -> np.ndarray:
    """(4, height, width); NaN where there is no evidence. See `outline_kernels.weigh_colours`."""
    at = _grid_places(disparity.shape, scale)
    middle, gap = split[at], half_gap[at]
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
            grid = there[0] // scale, there[1] // scale
            for sums, mine, sure in (
                (near, side > 0, core_low[grid] > middle),
                (far, side <= 0, core_high[grid] < middle),
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


def judge(disparity, evidence, close, inside, scale, cell) -> tuple[np.ndarray, np.ndarray]:
    """Smoothed evidence (2, height, width) and judgement (6, cells down, cells across)."""
    smooth = np.stack([_smoothed(evidence[0], scale), _smoothed(evidence[1], scale)])
    at = _grid_places(disparity.shape, scale)
    known = ~np.isnan(evidence[0])
    gap = evidence[2] - evidence[3]
    nearer = disparity > (evidence[2] + evidence[3]) / 2
    agreement = np.nan_to_num(np.where(nearer, smooth[1], -smooth[1]))
    ramps = known & (_rampness(disparity, scale) > RAMP_SHARE * gap)
    outlines = known & (_local_range(disparity, scale) > OUTLINE_SHARE * gap)
    contra, pro = np.maximum(-agreement, 0), np.maximum(agreement, 0)
    parts = contra * close[at], pro * close[at], ramps, outlines, contra * inside[at], pro * inside[at]
    return smooth, np.stack([_cell_sums(part, cell) for part in parts])


def decide(
    disparity, evidence, smooth, close, memory, scale, cell, soft, misplaced, clear, trust, pure
) -> np.ndarray:
    """The new disparity. See `outline_kernels.decide`."""
    at, cells = _grid_places(disparity.shape, scale), _grid_places(disparity.shape, cell)
    near, far = evidence[2], evidence[3]
    half = (near - far) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.clip((disparity - (near + far) / 2) / half, -1, 1)
        lasting = np.clip(own + memory[at] / half, -1, 1)
    odds = clear[cells] * smooth + trust * lasting
    agrees = (odds > 0) == (own > 0)
    third_surface = (np.abs(own) < pure) & (_local_range(disparity, scale) < OUTLINE_SHARE * (near - far))
    known = ~np.isnan(smooth[0]) & (half > 0)
    blurred = known & soft[cells]
    moved = known & ~soft[cells] & misplaced[cells] & close[at] & ~np.isnan(smooth[1])
    change = (blurred & ~third_surface & ~((np.abs(own) >= pure) & agrees[0])) | (moved & ~agrees[1])
    to_near = np.where(blurred, odds[0], odds[1]) > 0
    return np.where(change, np.where(to_near, near, far), disparity)


def add_up(picture, disparity, near_outline, flow, other_picture, other_disparity, scale, shift):
    """Differences and how many there are, (height, width) each. See `recall._add_up`."""
    height, width = disparity.shape
    ratio = np.array([width / flow.shape[1], height / flow.shape[0]])
    y, x = np.mgrid[:height, :width]
    gone = flow[((y + 0.5) / ratio[1]).astype(int), ((x + 0.5) / ratio[0]).astype(int)] * ratio
    u, v = np.floor(x + gone[..., 0] + 0.5).astype(int), np.floor(y + gone[..., 1] + 0.5).astype(int)
    known = near_outline & (u >= 0) & (v >= 0) & (u < width) & (v < height)
    u, v = np.where(known, u, 0), np.where(known, v, 0)
    known &= np.abs(picture.astype(int) - other_picture[v, u].astype(int)).max(axis=2) <= ALIKE
    return np.where(known, scale * other_disparity[v, u] + shift - disparity, 0), known.astype(np.float32)


def add(disparity, small, added, spread, scale, shift) -> np.ndarray:
    """See `averaging.corrected`."""
    (top, down), (left, across) = (
        _taps(size, few) for size, few in zip(disparity.shape, small.shape, strict=True)
    )
    total, weights = np.zeros(disparity.shape), np.full(disparity.shape, 1e-6)
    for i in range(2):
        for j in range(2):
            at = np.ix_(np.minimum(top + i, small.shape[0] - 1), np.minimum(left + j, small.shape[1] - 1))
            weight = np.outer(np.abs(1 - i - down), np.abs(1 - j - across))
            weight = weight * (np.abs(small[at] - disparity) < spread)
            total += weight * added[at]
            weights += weight
    return np.clip(scale * (disparity + total / weights) + shift, 0, 1)


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
