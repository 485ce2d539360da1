"""What colours the surfaces on either side of outlines have, and which of them pixels are like."""

from __future__ import annotations

import math

import numpy as np

from anybokeh.repair.map_filters import between, blurred, halving
from anybokeh.runtime.jit import kernel

_NOISE, _LITTLE = np.float32(0.0012), np.float32(1e-4)
_NOTHING = np.float32(1e-7)
"""Sums below this are rounding: there is nothing."""
_MOST_ODDS = np.float32(4)


class Surfaces:
    """Colours of the nearer and the farther surface around every pixel.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        near, far: (height, width) float32, how much a pixel is of either surface.
        radius: of the square around each pixel whose colours are taken.
    """

    def __init__(self, frame: np.ndarray, near: np.ndarray, far: np.ndarray, radius: int) -> None:
        self._frame = frame
        height, width = near.shape
        sums = np.empty((-(-height // 2), -(-width // 2), 10), np.float32)
        _sum(frame, near, far, *halving(height), *halving(width), sums)
        # of each surface the sums of red, green, blue and their squares, and how much is of it
        self._means = blurred(sums, radius // 2 * 2 + 1)
        self._between = (*between(height), *between(width))

    def odds(self) -> np.ndarray:
        """Log-odds of the nearer surface by colour, (height, width); 0 where one is not known."""
        odds = np.empty(self._frame.shape[:2], np.float32)
        _compare_all(self._frame, self._means, *self._between, odds)
        return odds

    def at(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Log-odds of pixels, distance of the mean colours, and how much is near and far, (4, pixels)."""
        compared = np.empty((4, len(y)), np.float32)
        _compare_at(self._frame, self._means, *self._between, y, x, compared)
        return compared


def relief(frame: np.ndarray) -> np.ndarray:
    """How much colours change from pixel to pixel, (height, width)."""
    change = np.empty(frame.shape[:2], np.float32)
    _relief(frame, change)
    return change


@kernel()
def _relief(frame: np.ndarray, change: np.ndarray) -> None:
    height, width = change.shape
    for y in range(height):
        below = min(y + 1, height - 1)
        for x in range(width):
            right = min(x + 1, width - 1)
            sums = np.float32(0)
            for channel in range(3):
                here = frame[y, x, channel]
                sums += abs(frame[y, right, channel] - here) + abs(frame[below, x, channel] - here)
            change[y, x] = sums


@kernel()
def _sum(
    frame: np.ndarray,
    near: np.ndarray,
    far: np.ndarray,
    rows: np.ndarray,
    row_weights: np.ndarray,
    columns: np.ndarray,
    column_weights: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Weighted colours at half the size, (height, width, 10), see `Surfaces`."""
    height, width = near.shape
    for i in range(sums.shape[0]):
        for j in range(sums.shape[1]):
            sums[i, j] = 0
            for down in range(row_weights.shape[1]):
                y = min(rows[i] + down, height - 1)
                for across in range(column_weights.shape[1]):
                    x = min(columns[j] + across, width - 1)
                    weight = row_weights[i, down] * column_weights[j, across]
                    nearer, farther = weight * near[y, x], weight * far[y, x]
                    if nearer == 0 and farther == 0:
                        continue
                    squares = np.float32(0)
                    for channel in range(3):
                        value = frame[y, x, channel]
                        squares += value * value
                        sums[i, j, channel] += nearer * value
                        sums[i, j, 5 + channel] += farther * value
                    sums[i, j, 3] += nearer * squares
                    sums[i, j, 8] += farther * squares
                    sums[i, j, 4] += nearer
                    sums[i, j, 9] += farther


@kernel()
def _compare_all(
    frame: np.ndarray,
    means: np.ndarray,
    rows: np.ndarray,
    row_shares: np.ndarray,
    columns: np.ndarray,
    column_shares: np.ndarray,
    odds: np.ndarray,
) -> None:
    here = np.empty(10, np.float32)
    for y in range(odds.shape[0]):
        for x in range(odds.shape[1]):
            if _known(means, rows[y], columns[x]):
                _mix(means, rows[y], row_shares[y], columns[x], column_shares[x], here)
                odds[y, x] = _odds(frame[y, x], here)
            else:
                odds[y, x] = 0


@kernel()
def _compare_at(
    frame: np.ndarray,
    means: np.ndarray,
    rows: np.ndarray,
    row_shares: np.ndarray,
    columns: np.ndarray,
    column_shares: np.ndarray,
    y: np.ndarray,
    x: np.ndarray,
    compared: np.ndarray,
) -> None:
    here = np.empty(10, np.float32)
    for index in range(len(y)):
        v, u = y[index], x[index]
        _mix(means, rows[v], row_shares[v], columns[u], column_shares[u], here)
        near, far = 1 / (here[4] + _LITTLE), 1 / (here[9] + _LITTLE)
        apart = np.float32(0)
        for channel in range(3):
            apart += (here[channel] * near - here[5 + channel] * far) ** 2
        compared[0, index] = _odds(frame[v, u], here)
        compared[1, index] = np.sqrt(apart)
        compared[2, index], compared[3, index] = here[4], here[9]


@kernel(inline="always")
def _known(means: np.ndarray, i: int, j: int) -> bool:
    """Whether there is anything of both surfaces in four neighbours."""
    below, right = min(i + 1, means.shape[0] - 1), min(j + 1, means.shape[1] - 1)
    near = max(max(means[i, j, 4], means[i, right, 4]), max(means[below, j, 4], means[below, right, 4]))
    far = max(max(means[i, j, 9], means[i, right, 9]), max(means[below, j, 9], means[below, right, 9]))
    return min(near, far) > _NOTHING


@kernel(inline="always")
def _mix(means: np.ndarray, i: int, down: float, j: int, across: float, here: np.ndarray) -> None:
    """What lies between four neighbours of a map with channels."""
    below, right = min(i + 1, means.shape[0] - 1), min(j + 1, means.shape[1] - 1)
    for number in range(means.shape[2]):
        upper = means[i, j, number] + (means[i, right, number] - means[i, j, number]) * across
        lower = means[below, j, number] + (means[below, right, number] - means[below, j, number]) * across
        here[number] = upper + (lower - upper) * down


@kernel()
def _odds(colour: np.ndarray, here: np.ndarray) -> np.floating:
    """Log-odds of the nearer of two surfaces, whose sums are `here`, for a pixel of this colour."""
    known = min(min(here[4], here[9]) * np.float32(30), np.float32(1))
    if known <= 0:
        return np.float32(0)
    near, far = 1 / (here[4] + _LITTLE), 1 / (here[9] + _LITTLE)
    near_spread, far_spread = here[3] * near, here[8] * far
    near_apart = far_apart = np.float32(0)
    for channel in range(3):
        one, other = here[channel] * near, here[5 + channel] * far
        near_spread -= one * one
        far_spread -= other * other
        near_apart += (colour[channel] - one) ** 2
        far_apart += (colour[channel] - other) ** 2
    near_spread = max(near_spread, np.float32(0)) / np.float32(3) + _NOISE
    far_spread = max(far_spread, np.float32(0)) / np.float32(3) + _NOISE
    # a colour equally far from both more likely belongs to the one that varies more
    odds = far_apart / far_spread - near_apart / near_spread
    odds = np.float32(0.25) * odds + np.float32(0.75) * math.log(far_spread / near_spread)
    return min(max(odds, -_MOST_ODDS), _MOST_ODDS) * known
