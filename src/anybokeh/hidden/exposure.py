"""How much brighter one frame is than the next: changes of exposure, and fades."""

from __future__ import annotations

import numpy as np

_EVERY = 3
"""Of rows and columns one in so many is looked at."""
_DARK, _WHITE = 16.0, 245.0
"""8-bit levels beyond which a colour tells nothing of exposure."""
_FEWEST = 64
_OUTLIER = 0.05
"""Difference from the gain at which a pixel counts half: it shows something else."""
_ROUNDS = 4
_SAME = 0.003
"""Gains nearer to 1 than this are noise."""
_MOST = 1.5


def gain_between(here: np.ndarray, there: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """(3,) float32: what brings encoded colours of another frame in line with those of this one.

    Args:
        here, there: (height, width, 3) float32, 8-bit levels.
        flow: (height, width, 2 or more), columns and rows, to the other frame.
    """
    height, width, _ = here.shape
    y, x = np.mgrid[:height:_EVERY, :width:_EVERY]
    column = np.rint(x + flow[::_EVERY, ::_EVERY, 0]).astype(np.int64)
    row = np.rint(y + flow[::_EVERY, ::_EVERY, 1]).astype(np.int64)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    one, other = here[y[inside], x[inside]], there[row[inside], column[inside]]
    known = (np.minimum(one, other) > _DARK) & (np.maximum(one, other) < _WHITE)
    gains = np.ones(3, np.float32)
    for k in range(3):
        a, b = one[known[:, k], k], other[known[:, k], k]
        if len(a) >= _FEWEST:
            gains[k] = _robust_ratio(a, b)
    return gains


def combined(gains: list[np.ndarray]) -> np.ndarray:
    """(3,) float32: gains from frame to frame as one; exactly 1 where that is noise."""
    gain = np.prod(gains, axis=0, dtype=np.float32)
    gain[np.abs(gain - 1) < _SAME * len(gains)] = 1
    return gain


def _robust_ratio(one: np.ndarray, other: np.ndarray) -> float:
    ratio = one / other
    gain = float(np.median(ratio))
    for _ in range(_ROUNDS):
        weight = 1 / (1 + ((ratio / gain - 1) / _OUTLIER) ** 2) ** 2
        gain = float((weight * one).sum() / (weight * other).sum())
    return min(max(gain, 1 / _MOST), _MOST)
