"""Kernels of `outlines`.

All take `thread` and `threads` first, see `anybokeh.runtime.threads`: a call works on every `threads`-th
row, or row of cells. Pictures are (height, width, 3) uint8, maps (height, width) float32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.runtime.jit import kernel

NOTHING = np.float32(99)
"""Evidence of a pixel that has none."""
COLOUR_STEP = 16
"""Squared colour distances are looked up in steps of this."""
TAPS = 7
"""Samples along each side of the square in which colours are compared."""
BINOMIAL = (1, 2, 1)
RAMP_SHARE = np.float32(0.1)
OUTLINE_SHARE = np.float32(0.15)
_TOGETHER = 64
"""Pixels whose colours are weighed together."""
_PLANES = 18
"""Values of each that are worked with."""
(
    _MIDDLE,
    _INVERSE,
    _VALUE,
    _LOW,
    _HIGH,
    _LIKE,
    _NEAR_LIKE,
    _NEAR_WEIGHT,
    _NEAR_VALUE,
    _NEAR_TOTAL,
    _FAR_LIKE,
    _FAR_WEIGHT,
    _FAR_VALUE,
    _FAR_TOTAL,
    _SURE_NEAR_LIKE,
    _SURE_NEAR,
    _SURE_FAR_LIKE,
    _SURE_FAR,
) = (plane * _TOGETHER for plane in range(_PLANES))
"""Where each of these values begins, one after the other in one array: so the compiler knows that none
overlaps another, and works on several pixels at once."""
_RED, _GREEN, _BLUE = (plane * _TOGETHER for plane in range(3))


class OutlineGrid(NamedTuple):
    """Where outlines are, one point for scale x scale pixels.

    Attributes:
        scale: pixels a point, along each side.
        cell: pixels a cell, along each side; outlines are judged cell by cell.
        split: disparity between the two surfaces, -1 where there is no outline.
        half_gap: half the difference between them.
        core_low, core_high: smallest and largest disparity around: a sample whose surroundings are all on its
            side is sure.
        close: whether the outline itself is a few points away, bool.
        inside: whether the point lies well inside one of the two surfaces, bool.
    """

    scale: int
    cell: int
    split: np.ndarray
    half_gap: np.ndarray
    core_low: np.ndarray
    core_high: np.ndarray
    close: np.ndarray
    inside: np.ndarray


class ColourWeights(NamedTuple):
    """How samples around a pixel count.

    Attributes:
        likeness: weight by squared colour distance summed over the channels, in steps of COLOUR_STEP.
        nearness: (TAPS, TAPS) spatial weights.
        doubt: weight of samples that are not sure, for outlines without sure ones on both sides.
        floor: likeness below which colours tell nothing.
        least: summed spatial weight of sure samples that each side needs.
    """

    likeness: np.ndarray
    nearness: np.ndarray
    doubt: float
    floor: float
    least: float


class Verdict(NamedTuple):
    """What is wrong with outlines, (cells down, cells across) each.

    Attributes:
        soft, misplaced: what may be changed: pixels around ramps, pixels on the wrong side; bool.
        clear: weight of colours in [0, 1], float32.
    """

    soft: np.ndarray
    misplaced: np.ndarray
    clear: np.ndarray


@kernel(fastmath=True)
def weigh_colours(
    thread: int,
    threads: int,
    picture: np.ndarray,
    disparity: np.ndarray,
    grid: OutlineGrid,
    weights: ColourWeights,
    evidence: np.ndarray,
) -> None:
    """For each pixel near an outline, whose colours its own colour is like.

    Args:
        picture, disparity: contiguous.
        evidence: (4, height, width) receives log-odds for the nearer surface from all samples, from sure
            samples alone, and the disparity of the nearer and of the farther surface.
    """
    split, width = grid.split, disparity.shape[1]
    # looked up, since divisions by a number that is not known beforehand are slow
    points = np.empty(max(disparity.shape), np.int64)
    for place in range(len(points)):
        points[place] = place // grid.scale
    places = np.empty((2, _TOGETHER), np.int64)
    work, whole = np.zeros(_PLANES * _TOGETHER, np.float32), np.zeros(3 * _TOGETHER, np.int32)
    around = np.empty((4, TAPS, _TOGETHER), np.uint64)
    count = 0
    for y in range(thread, disparity.shape[0], threads):
        for x in range(width):
            evidence[0, y, x] = NOTHING
            evidence[1, y, x] = NOTHING
            if split[points[y], points[x]] < 0:
                continue
            places[0, count], places[1, count] = y, x
            count += 1
            if count == _TOGETHER:
                _weigh(
                    places, count, points, picture, disparity, grid, weights, work, whole, around, evidence
                )
                count = 0
    _weigh(places, count, points, picture, disparity, grid, weights, work, whole, around, evidence)


@kernel()
def _weigh(
    places: np.ndarray,
    count: int,
    points: np.ndarray,
    picture: np.ndarray,
    disparity: np.ndarray,
    grid: OutlineGrid,
    weights: ColourWeights,
    work: np.ndarray,
    whole: np.ndarray,
    around: np.ndarray,
    evidence: np.ndarray,
) -> None:
    """`weigh_colours` of the first `count` of some pixels, (2, pixels) rows and columns."""
    core_low, core_high = grid.core_low.reshape(-1), grid.core_high.reshape(-1)
    values, colours = disparity.reshape(-1), picture.reshape(-1)
    likeness, nearness, doubt, floor, least = weights
    height, width = disparity.shape
    stride = 2 * grid.scale
    reach = TAPS // 2 * stride
    work[:] = 0
    zero, one, two, three = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
    for k in range(count):
        y, x = places[0, k], places[1, k]
        work[_MIDDLE + k] = grid.split[points[y], points[x]]
        work[_INVERSE + k] = 1 / grid.half_gap[points[y], points[x]]
        whole[_RED + k], whole[_GREEN + k] = picture[y, x, 0], picture[y, x, 1]
        whole[_BLUE + k] = picture[y, x, 2]
        for tap in range(TAPS):
            v = min(max(y + tap * stride - reach, 0), height - 1)
            u = min(max(x + tap * stride - reach, 0), width - 1)
            around[0, tap, k], around[1, tap, k] = v * width, u
            around[2, tap, k], around[3, tap, k] = points[v] * grid.split.shape[1], points[u]
    last = np.uint32(len(likeness) - 1)
    for i in range(TAPS):
        for j in range(TAPS):
            spatial = nearness[i, j]
            if spatial == 0:
                continue
            down, across = np.uint64(i), np.uint64(j)
            for number in range(count):
                # places without a sign need not be looked at for whether they count from the end
                k = np.uint64(number)
                place = around[zero, down, k] + around[one, across, k]
                on_grid = around[two, down, k] + around[three, across, k]
                work[np.uint64(_VALUE) + k] = values[place]
                work[np.uint64(_LOW) + k] = core_low[on_grid]
                work[np.uint64(_HIGH) + k] = core_high[on_grid]
                place *= three
                dr = whole[np.uint64(_RED) + k] - np.int32(colours[place])
                dg = whole[np.uint64(_GREEN) + k] - np.int32(colours[place + one])
                db = whole[np.uint64(_BLUE) + k] - np.int32(colours[place + two])
                squared = np.uint32(dr * dr + dg * dg + db * db) // np.uint32(COLOUR_STEP)
                work[np.uint64(_LIKE) + k] = likeness[min(squared, last)]
            _add_samples(work, spatial, np.float32(doubt))
    small = np.float32(floor)
    for k in range(count):
        y, x = places[0, k], places[1, k]
        near_total, far_total = work[_NEAR_TOTAL + k], work[_FAR_TOTAL + k]
        if near_total < np.float32(1e-5) or far_total < np.float32(1e-5):
            continue
        near, far = work[_NEAR_LIKE + k] / work[_NEAR_WEIGHT + k], work[_FAR_LIKE + k] / work[_FAR_WEIGHT + k]
        evidence[0, y, x] = np.log((near + small) / (far + small))
        evidence[2, y, x] = work[_NEAR_VALUE + k] / near_total
        evidence[3, y, x] = work[_FAR_VALUE + k] / far_total
        sure_near, sure_far = work[_SURE_NEAR + k], work[_SURE_FAR + k]
        if sure_near > np.float32(least) and sure_far > np.float32(least):
            near, far = work[_SURE_NEAR_LIKE + k] / sure_near, work[_SURE_FAR_LIKE + k] / sure_far
            evidence[1, y, x] = np.log((near + small) / (far + small))


@kernel(fastmath=True)
def _add_samples(work: np.ndarray, spatial: float, doubt: float) -> None:
    """Add one sample of each pixel to its sums; without branches, so that several are worked on at once."""
    none, one = np.float32(0), np.float32(1)
    for k in range(_TOGETHER):
        value, middle, like = work[_VALUE + k], work[_MIDDLE + k], work[_LIKE + k]
        side = (value - middle) * work[_INVERSE + k]
        square = side * side
        near = spatial if side > none else none
        far = spatial - near
        sure_near = near if work[_LOW + k] > middle else none
        sure_far = far if work[_HIGH + k] < middle else none
        counts = min(square, one) * (one if sure_near + sure_far > none else doubt)
        near *= counts
        far *= counts
        work[_SURE_NEAR_LIKE + k] += sure_near * like
        work[_SURE_NEAR + k] += sure_near
        work[_SURE_FAR_LIKE + k] += sure_far * like
        work[_SURE_FAR + k] += sure_far
        work[_NEAR_LIKE + k] += near * like
        work[_NEAR_WEIGHT + k] += near
        work[_FAR_LIKE + k] += far * like
        work[_FAR_WEIGHT + k] += far
        near *= square
        far *= square
        work[_NEAR_VALUE + k] += near * value
        work[_NEAR_TOTAL + k] += near
        work[_FAR_VALUE + k] += far * value
        work[_FAR_TOTAL + k] += far


@kernel()
def judge(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    evidence: np.ndarray,
    grid: OutlineGrid,
    smooth: np.ndarray,
    judgement: np.ndarray,
) -> None:
    """Smooth the evidence over 3x3 pixels and add up by cells how well disparity agrees with it.

    Args:
        smooth: (2, height, width) receives the evidence of all and of sure samples, smoothed.
        judgement: (6, cells down, cells across) receives by cell the evidence against and for the disparity
            as it is, how many pixels lie on ramps, and how many on outlines; and the evidence against and
            for it well inside surfaces, where it shows how far colours can be trusted.
    """
    scale, cell = grid.scale, grid.cell
    height, width = disparity.shape
    rows = judgement.shape[1]
    for row in range(thread, rows, threads):
        for y in range(row * cell, min((row + 1) * cell, height)):
            for x in range(width):
                smooth[0, y, x] = NOTHING
                smooth[1, y, x] = NOTHING
                if evidence[0, y, x] == NOTHING:
                    continue
                smooth[0, y, x] = _smoothed(evidence[0], y, x, scale)
                gap = evidence[2, y, x] - evidence[3, y, x]
                column = x // cell
                if _rampness(disparity, y, x, scale) > RAMP_SHARE * gap:
                    judgement[2, row, column] += 1
                if _local_range(disparity, y, x, scale) > OUTLINE_SHARE * gap:
                    judgement[3, row, column] += 1
                if evidence[1, y, x] == NOTHING:
                    continue
                smooth[1, y, x] = _smoothed(evidence[1], y, x, scale)
                middle = (evidence[2, y, x] + evidence[3, y, x]) / 2
                agreement = smooth[1, y, x] if disparity[y, x] > middle else -smooth[1, y, x]
                opinion = 0 if agreement < 0 else 1
                if grid.close[y // scale, x // scale]:
                    judgement[opinion, row, column] += abs(agreement)
                if grid.inside[y // scale, x // scale]:
                    judgement[4 + opinion, row, column] += abs(agreement)


@kernel()
def decide(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    evidence: np.ndarray,
    smooth: np.ndarray,
    grid: OutlineGrid,
    memory: np.ndarray,
    verdict: Verdict,
    trust: float,
    pure: float,
    result: np.ndarray,
) -> None:
    """Give pixels near doubtful outlines to one of the two surfaces.

    Args:
        memory: on the grid, how far disparity differs in the mean over time.
        verdict: what may be changed.
        trust: log-odds that disparity itself has, where over time it says nearer or farther without doubt.
        pure: how far from the middle towards a surface, in [0, 1], a value counts as that surface's.
        result: receives the new values; where nothing is wrong it keeps what it holds.
    """
    scale, cell = grid.scale, grid.cell
    soft, misplaced, clear = verdict
    height, width = disparity.shape
    for y in range(thread, height, threads):
        for x in range(width):
            if smooth[0, y, x] == NOTHING:
                continue
            near, far = evidence[2, y, x], evidence[3, y, x]
            half = (near - far) / 2
            if half <= 0:
                continue
            own = min(max((disparity[y, x] - (near + far) / 2) / half, np.float32(-1)), np.float32(1))
            lasting = min(max(own + memory[y // scale, x // scale] / half, np.float32(-1)), np.float32(1))
            weight = clear[y // cell, x // cell]
            if soft[y // cell, x // cell]:
                flat = _local_range(disparity, y, x, scale) < OUTLINE_SHARE * (near - far)
                if flat and abs(own) < np.float32(pure):
                    continue
                odds = weight * smooth[0, y, x] + np.float32(trust) * lasting
                if abs(own) >= np.float32(pure) and (odds > 0) == (own > 0):
                    continue
            elif (
                misplaced[y // cell, x // cell]
                and grid.close[y // scale, x // scale]
                and smooth[1, y, x] != NOTHING
            ):
                odds = weight * smooth[1, y, x] + np.float32(trust) * lasting
                if (odds > 0) == (own > 0):
                    continue
            else:
                continue
            result[y, x] = near if odds > 0 else far


@kernel(inline="always")
def _smoothed(values: np.ndarray, y: int, x: int, step: int) -> np.floating:
    """Mean over 3x3 places `step` pixels apart, of those that have evidence, with binomial weights."""
    height, width = values.shape
    total, weights = np.float32(0), np.float32(0)
    for i in range(-1, 2):
        v = y + i * step
        if v < 0 or v >= height:
            continue
        for j in range(-1, 2):
            u = x + j * step
            if 0 <= u < width and values[v, u] != NOTHING:
                weight = np.float32(BINOMIAL[i + 1] * BINOMIAL[j + 1])
                total += weight * values[v, u]
                weights += weight
    return total / weights


@kernel(inline="always")
def _rampness(disparity: np.ndarray, y: int, x: int, step: int) -> np.floating:
    """The smaller of the steps to both neighbours where values rise all the way, largest of 4 directions."""
    height, width = disparity.shape
    up, down, left, right = (
        max(y - step, 0),
        min(y + step, height - 1),
        max(x - step, 0),
        min(x + step, width - 1),
    )
    own = disparity[y, x]
    best = np.float32(0)
    for v, u, t, s in (
        (y, left, y, right),
        (up, x, down, x),
        (up, left, down, right),
        (up, right, down, left),
    ):
        before, after = own - disparity[v, u], disparity[t, s] - own
        if before * after > 0:
            best = max(best, min(abs(before), abs(after)))
    return best


@kernel(inline="always")
def _local_range(disparity: np.ndarray, y: int, x: int, step: int) -> np.floating:
    height, width = disparity.shape
    low = high = disparity[y, x]
    for v in (max(y - step, 0), y, min(y + step, height - 1)):
        for u in (max(x - step, 0), x, min(x + step, width - 1)):
            low = min(low, disparity[v, u])
            high = max(high, disparity[v, u])
    return high - low
