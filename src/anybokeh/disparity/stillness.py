"""Where the picture stands still, and how noisy disparity is there.

Where nothing moves, nothing comes nearer either: what disparity does there from frame to frame is an error.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from anybokeh.disparity.glimpses import Glimpse

REACH = 9
"""Frames to either side that a frame is compared with."""
_MOVED = 3.0, 5.0
"""Mean colour difference in 8-bit levels up to which a place surely stands still, and from which it moves."""
_AROUND = 5
"""Small pixels across a place, and across the surroundings that must stand still as well."""
_COLUMNS = 32
"""Places across the picture at which noise is measured."""
_LARGEST = 0.25
"""Changes count as noise up to this; larger ones are outlines that come and go."""
LEAST_NOISE = 0.0003
"""Standard deviation that is taken for granted; small, so that slow changes of exact disparity stay."""
_SECOND_DIFFERENCE = 0.7979 * 6**0.5
"""Mean absolute second difference of white noise of standard deviation 1."""


def still(one: Glimpse, other: Glimpse) -> np.ndarray:
    """How surely a place stands still between two frames, (height, width) float32 in [0, 1].

    Noise of the camera averages out over a place; motion shows as soon as its surroundings change, also
    inside of what has no texture.
    """
    difference = cv2.absdiff(one.picture, other.picture)
    mean = cv2.boxFilter(cv2.transform(difference, _MEAN), cv2.CV_32F, (_AROUND, _AROUND))
    same, moved = _MOVED
    weight = np.clip((np.float32(moved) - mean) * np.float32(1 / (moved - same)), 0, 1)
    return cv2.erode(weight, np.ones((_AROUND, _AROUND), np.uint8))


_MEAN = np.full((1, 3), 1 / 3, np.float32)


def restlessness(points: Sequence[np.ndarray], still: np.ndarray) -> np.ndarray:
    """How much disparity of three consecutive frames departs from a straight line, by places.

    Slopes do not count: what comes nearer steadily is no noise.

    Args:
        points: three frames' disparity (height, width), single pixels of it rather than means.
        still: (height, width) in [0, 1], how surely the place stands still.

    Returns:
        (places down, places across) float32, as a standard deviation; NaN where nothing stands still.
    """
    before, middle, after = points
    change = np.minimum(np.abs(before - 2 * middle + after), np.float32(_LARGEST))
    height, width = still.shape
    size = min(_COLUMNS, width), max(1, min(height, round(height * _COLUMNS / width)))
    total = cv2.resize(change * still, size, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(still, size, interpolation=cv2.INTER_AREA)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0.05, total / (weight * np.float32(_SECOND_DIFFERENCE)), np.float32(np.nan))


def noise(measured: Sequence[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Standard deviation of disparity's noise at each small pixel, at least LEAST_NOISE.

    Args:
        measured: `restlessness` of the frames around, at least one. Frames that jump are few, and their
            median does not see them.
        shape: (height, width) of the result.
    """
    stack = np.stack(measured)
    known = ~np.isnan(stack)
    ordered = np.sort(np.where(known, stack, np.inf), axis=0)
    count = known.sum(axis=0)
    middle = np.take_along_axis(ordered, np.maximum(count - 1, 0)[None] // 2, axis=0)[0]
    level = np.where(count > 0, middle, np.float32(0))
    level = np.maximum(level.astype(np.float32), np.float32(LEAST_NOISE))
    return cv2.resize(level, shape[::-1], interpolation=cv2.INTER_LINEAR)
