"""Kernels of `outlines`; `plain` is the same in plain numpy.

All take `thread` and `threads` first, see `anybokeh.runtime.threads`: a call works on every `threads`-th
row, or row of cells. Pictures are (height, width, 3) uint8, maps (height, width) float32. The grid has one
point for `scale` x `scale` pixels; `split` on the grid is the disparity between the two surfaces of an
outline, -1 where there is none.
"""

from __future__ import annotations

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


@kernel(fastmath=True)
def weigh_colours(
    thread: int,
    threads: int,
    picture: np.ndarray,
    disparity: np.ndarray,
    split: np.ndarray,
    half_gap: np.ndarray,
    core_low: np.ndarray,
    core_high: np.ndarray,
    scale: int,
    likeness: np.ndarray,
    nearness: np.ndarray,
    doubt: float,
    floor: float,
    least: float,
    evidence: np.ndarray,
) -> None:
    """For each pixel near an outline, whose colours its own colour is like.

    Args:
        half_gap: on the grid, half the difference between the two surfaces.
        core_low, core_high: on the grid, smallest and largest disparity around: a sample whose surroundings
            are all on its side is sure.
        likeness: weight by squared colour distance, in steps of COLOUR_STEP.
        nearness: (TAPS, TAPS) spatial weights.
        doubt: weight of samples that are not sure, for outlines without sure ones on both sides.
        floor: likeness below which colours tell nothing.
        least: summed spatial weight of sure samples that each side needs.
        evidence: (4, height, width) receives log-odds for the nearer surface from all samples, from sure
            samples alone, and the disparity of the nearer and of the farther surface.
    """
    height, width = disparity.shape
    stride = 2 * scale
    reach = TAPS // 2 * stride
    # looked up, since divisions by a number that is not known beforehand are slow
    points = np.empty(max(height, width), np.int64)
    for place in range(len(points)):
        points[place] = place // scale
    for y in range(thread, height, threads):
        for x in range(width):
            middle = split[points[y], points[x]]
            evidence[0, y, x] = NOTHING
            evidence[1, y, x] = NOTHING
            if middle < 0:
                continue
            inverse = 1 / half_gap[points[y], points[x]]
            red, green, blue = (
                np.int32(picture[y, x, 0]),
                np.int32(picture[y, x, 1]),
                np.int32(picture[y, x, 2]),
            )
            near_like = near_weight = near_value = near_total = np.float32(0)
            far_like = far_weight = far_value = far_total = np.float32(0)
            sure_near_like = sure_near = sure_far_like = sure_far = np.float32(0)
            for i in range(TAPS):
                v = min(max(y + i * stride - reach, 0), height - 1)
                row = points[v]
                for j in range(TAPS):
                    spatial = nearness[i, j]
                    if spatial == 0:
                        continue
                    u = min(max(x + j * stride - reach, 0), width - 1)
                    value = disparity[v, u]
                    side = (value - middle) * inverse
                    dr = red - np.int32(picture[v, u, 0])
                    dg = green - np.int32(picture[v, u, 1])
                    db = blue - np.int32(picture[v, u, 2])
                    squared = np.uint32(dr * dr + dg * dg + db * db)
                    like = likeness[min(squared // np.uint32(COLOUR_STEP), np.uint32(len(likeness) - 1))]
                    weight = spatial * min(side * side, np.float32(1))
                    if side > 0:
                        if core_low[row, points[u]] > middle:
                            sure_near_like += spatial * like
                            sure_near += spatial
                        else:
                            weight *= np.float32(doubt)
                        near_like += weight * like
                        near_weight += weight
                        weight *= side * side
                        near_value += weight * value
                        near_total += weight
                    else:
                        if core_high[row, points[u]] < middle:
                            sure_far_like += spatial * like
                            sure_far += spatial
                        else:
                            weight *= np.float32(doubt)
                        far_like += weight * like
                        far_weight += weight
                        weight *= side * side
                        far_value += weight * value
                        far_total += weight
            if near_total < np.float32(1e-5) or far_total < np.float32(1e-5):
                continue
            small = np.float32(floor)
            evidence[0, y, x] = np.log((near_like / near_weight + small) / (far_like / far_weight + small))
            evidence[2, y, x] = near_value / near_total
            evidence[3, y, x] = far_value / far_total
            if sure_near > np.float32(least) and sure_far > np.float32(least):
                evidence[1, y, x] = np.log(
                    (sure_near_like / sure_near + small) / (sure_far_like / sure_far + small)
                )


@kernel()
def judge(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    evidence: np.ndarray,
    close: np.ndarray,
    inside: np.ndarray,
    scale: int,
    cell: int,
    smooth: np.ndarray,
    judgement: np.ndarray,
) -> None:
    """Smooth the evidence over 3x3 pixels and add up by cells how well disparity agrees with it.

    Args:
        close: on the grid, whether the outline itself is a few pixels away.
        inside: on the grid, whether the point lies well inside one of the two surfaces.
        cell: pixels along each side of a cell.
        smooth: (2, height, width) receives the evidence of all and of sure samples, smoothed.
        judgement: (6, cells down, cells across) receives by cell the evidence against and for the disparity
            as it is, how many pixels lie on ramps, and how many on outlines; and the evidence against and
            for it well inside surfaces, where it shows how far colours can be trusted.
    """
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
                if close[y // scale, x // scale]:
                    judgement[opinion, row, column] += abs(agreement)
                if inside[y // scale, x // scale]:
                    judgement[4 + opinion, row, column] += abs(agreement)


@kernel()
def decide(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    evidence: np.ndarray,
    smooth: np.ndarray,
    close: np.ndarray,
    memory: np.ndarray,
    scale: int,
    cell: int,
    soft: np.ndarray,
    misplaced: np.ndarray,
    clear: np.ndarray,
    trust: float,
    pure: float,
    result: np.ndarray,
) -> None:
    """Give pixels near doubtful outlines to one of the two surfaces.

    Args:
        memory: on the grid, how far disparity differs in the mean over time.
        soft, misplaced: by cell, what may be changed: pixels around ramps, pixels on the wrong side.
        clear: by cell, weight of colours in [0, 1].
        trust: log-odds that disparity itself has, where over time it says nearer or farther without doubt.
        pure: how far from the middle towards a surface, in [0, 1], a value counts as that surface's.
        result: receives the new values; where nothing is wrong it keeps what it holds.
    """
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
                and close[y // scale, x // scale]
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
