"""Scale and shift of every frame's disparity brought in line with the frames around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anybokeh.disparity.glimpses import Calibration, Link

REACH = 4
"""Frames to either side that a frame is aligned with."""
NEGLIGIBLE = 0.001
"""Corrections are smaller by this: exact disparity, which differs by errors of the motion alone, stays."""
_LEAST_SPREAD = 0.004
"""Deviations from a line up to which frames surely belong to it."""
_TUKEY = 4.7
"""Deviations in standard deviations from which a frame does not count; keeps 95 % of what a mean gains."""


def consensus(disparity: np.ndarray, before: Sequence[Link], after: Sequence[Link]) -> Calibration:
    """Scale and shift that bring a frame in line with those around it.

    For two values, near and far, a straight line is laid through what the frames around show in their own
    calibration. Jitter averages out, frames that jump and come back do not count, and a steady drift, as of a
    camera that moves, stays.

    Args:
        disparity: the frame's, any shape.
        before: links that lead back from it, the nearest first.
        after: links that lead on from it, the nearest first.
    """
    if len(before) + len(after) < 2:
        return Calibration()
    offsets = np.array([0, *(-1 - i for i in range(len(before))), *(1 + i for i in range(len(after)))])
    # from this frame's disparity to that of the others
    there = [Calibration()]
    for chain, step in (
        (before, lambda one: one.calibration),
        (after, lambda one: one.calibration.inverse()),
    ):
        found = Calibration()
        for one in chain:
            found = step(one).after(found)
            there.append(found)
    low, high = (float(value) for value in np.quantile(disparity, (0.05, 0.95)))
    high = max(high, low + 0.1)
    low_to, high_to = (
        value + shrunk(robust_line(offsets, [float(one(value)) for one in there]) - value)
        for value in (low, high)
    )
    scale = (high_to - low_to) / (high - low)
    return Calibration(scale, low_to - scale * low)


def robust_line(places: np.ndarray, values: Sequence[float]) -> float:
    """The value at place 0 of the straight line through most of the values.

    It begins with repeated medians (Siegel, "Robust Regression Using Repeated Medians", 1982), which half of
    the values cannot mislead, and ends with weighted least squares.

    Args:
        places: (values,) distinct, at least two, up to REACH from 0.
    """
    y = np.asarray(values, np.float64)
    run = places[:, None] - places
    np.fill_diagonal(run, 1)
    slopes = (y[:, None] - y) / run
    every = ~np.eye(len(y), dtype=bool)
    slope = np.median(np.median(slopes[every].reshape(len(y), -1), axis=1))
    rest = y - slope * places
    rest -= np.median(rest)
    spread = max(1.4826 * float(np.median(np.abs(rest))), _LEAST_SPREAD)
    weights = np.maximum(1 - (rest / (_TUKEY * spread)) ** 2, 0) ** 2
    # Near frames count more, so that what is no straight line is not bent much.
    weights *= 1 - np.abs(places) / (REACH + 1)
    # The fit wants the roots of the weights of squares.
    return float(np.polynomial.polynomial.polyfit(places, y, 1, w=np.sqrt(weights))[0])


def shrunk(values):
    """Values nearer to 0 by NEGLIGIBLE."""
    return np.sign(values) * np.maximum(np.abs(values) - NEGLIGIBLE, 0)
