"""Disparity averaged pixel by pixel over time where the picture stands still."""

from __future__ import annotations

import numpy as np

from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

LEVELS = 65535
"""Levels of disparity that is kept for other frames."""
TUKEY = 6.0
"""Deviations in standard deviations of the noise from which a frame does not count."""
FEWEST = 3.0
"""Frames that must look the same for the mean over them to take the place of the frame's own value."""
LONELY = 0.35
"""Share of the other frames that must agree with a pixel; below it the median takes the pixel's place."""


def average_still(
    result: np.ndarray,
    given: np.ndarray,
    ring: np.ndarray,
    own: int,
    others: np.ndarray,
    before: int,
    weights: np.ndarray,
    noise: np.ndarray,
    crew: Crew,
) -> None:
    """Replace `result` by the mean over time, where nothing moves.

    The mean is one of those that agree (Tukey's biweight), so a few frames that jump change nothing. A frame
    that itself jumps begins from the median.

    Args:
        result: (height, width) float32 in [0, 1], changed.
        given: of the same shape, the frame's own disparity before anything was done to it.
        ring: (frames, height, width) uint16, disparity of some frames in LEVELS.
        own: which of them is the frame's own.
        others: (others,) int64, which are those around it, in order.
        before: how many of them come before the frame.
        weights: (others, small height, small width) float32 in [0, 1], how surely each place stands still.
        noise: (small height, small width) float32, standard deviation of disparity's noise.
    """
    crew.run(_average, given, ring, own, others, before, weights, noise, result)


def share_still(weights: np.ndarray) -> np.ndarray:
    """How far the mean over time counts, (small height, small width) float32 in [0, 1]."""
    return np.minimum(weights.sum(axis=0) / np.float32(FEWEST), 1)


@kernel()
def _average(
    thread: int,
    threads: int,
    given: np.ndarray,
    ring: np.ndarray,
    own: int,
    others: np.ndarray,
    before: int,
    weights: np.ndarray,
    noise: np.ndarray,
    result: np.ndarray,
) -> None:
    frames = len(others)
    height, width = result.shape
    small_height, small_width = noise.shape
    columns = np.empty(width, np.int64)
    for x in range(width):
        columns[x] = x * small_width // width
    inverse, centre = np.empty(width, np.float32), np.empty(width, np.float32)
    total, agreeing, every = (
        np.empty(width, np.float32),
        np.empty(width, np.float32),
        np.empty(width, np.float32),
    )
    expanded = np.empty((frames, width), np.float32)
    values, counts = np.empty(frames, np.float32), np.empty(frames, np.float32)
    seen = -1
    anything = False
    for y in range(thread, height, threads):
        row = y * small_height // height
        if row != seen:
            seen = row
            anything = False
            for k in range(frames):
                for x in range(width):
                    weight = weights[k, row, columns[x]]
                    expanded[k, x] = weight
                    anything = anything or weight > 0
            for x in range(width):
                inverse[x] = np.float32(1) / (np.float32(TUKEY * LEVELS) * noise[row, columns[x]])
                every[x] = np.float32(0)
                for k in range(frames):
                    every[x] += expanded[k, x]
        if not anything:
            continue
        mine = ring[own, y]
        for x in range(width):
            centre[x] = np.float32(0)
        for attempt in range(2):
            for x in range(width):
                r = centre[x] * inverse[x]
                weight = max(np.float32(1) - r * r, np.float32(0))
                agreeing[x] = weight * weight
                total[x] = np.float32(0)
            for k in range(frames):
                there = ring[others[k], y]
                for x in range(width):
                    difference = np.float32(there[x]) - np.float32(mine[x])
                    r = (difference - centre[x]) * inverse[x]
                    weight = max(np.float32(1) - r * r, np.float32(0))
                    weight = weight * weight * expanded[k, x]
                    agreeing[x] += weight
                    total[x] += weight * difference
            if attempt == 0:
                for x in range(width):
                    centre[x] = total[x] / agreeing[x]
                    lonely = agreeing[x] - np.float32(1) < np.float32(LONELY) * every[x]
                    if lonely and _jumps(ring, own, others, before, y, x, expanded):
                        centre[x] = _median(ring, own, others, y, x, expanded, values, counts)
        for x in range(width):
            share = min(every[x] / np.float32(FEWEST), np.float32(1))
            if share > 0 and agreeing[x] > 0:
                mean = given[y, x] + total[x] / (agreeing[x] * np.float32(LEVELS))
                value = result[y, x] + share * (mean - result[y, x])
                result[y, x] = min(max(value, np.float32(0)), np.float32(1))


@kernel()
def _jumps(
    ring: np.ndarray, own: int, others: np.ndarray, before: int, y: int, x: int, weights: np.ndarray
) -> bool:
    """Whether a pixel departs from the frames before it as from those after it, which agree.

    Otherwise something comes nearer, or an outline passes, where the picture has no texture to show it.
    """
    sums = np.zeros(2, np.float32)
    counts = np.zeros(2, np.float32)
    for k in range(len(others)):
        side = 0 if k < before else 1
        sums[side] += weights[k, x] * (np.float32(ring[others[k], y, x]) - np.float32(ring[own, y, x]))
        counts[side] += weights[k, x]
    if min(counts[0], counts[1]) < 1:
        return False
    earlier, later = sums[0] / counts[0], sums[1] / counts[1]
    return earlier * later > 0 and abs(earlier - later) < np.float32(0.9) * min(abs(earlier), abs(later))


@kernel()
def _median(
    ring: np.ndarray,
    own: int,
    others: np.ndarray,
    y: int,
    x: int,
    weights: np.ndarray,
    values: np.ndarray,
    counts: np.ndarray,
) -> np.floating:
    """Weighted median of the differences of others to a pixel; `values` and `counts` are scratch."""
    n = 0
    half = np.float32(0)
    for k in range(len(others)):
        value = np.float32(ring[others[k], y, x]) - np.float32(ring[own, y, x])
        m = n
        while m > 0 and values[m - 1] > value:
            values[m], counts[m] = values[m - 1], counts[m - 1]
            m -= 1
        values[m], counts[m] = value, weights[k, x]
        n += 1
        half += np.float32(0.5) * weights[k, x]
    m = 0
    while m < n - 1 and counts[m] < half:
        half -= counts[m]
        m += 1
    return values[m]
