"""Disparity that waits, in half of its memory where that loses nothing."""

from __future__ import annotations

import numpy as np

from anybokeh.disparity.values import as_float

_MOST = np.float32(65535)
_EVERY = 16
"""Rows and columns from one pixel to the next that tell at once that a map has values in between."""


def packed(disparity: np.ndarray) -> np.ndarray:
    """A map (height, width) float32 in [0, 1] as uint16, where all values are integers of 8 or 16 bits.

    Others are returned as they are.
    """
    if not _is_exact(disparity[::_EVERY, ::_EVERY], _steps(disparity[::_EVERY, ::_EVERY])):
        return disparity
    steps = _steps(disparity)
    return steps if _is_exact(disparity, steps) else disparity


def unpacked(kept: np.ndarray) -> np.ndarray:
    """The map that `packed` was given."""
    return as_float(kept, "") if kept.dtype == np.uint16 else kept


def _steps(disparity: np.ndarray) -> np.ndarray:
    return (disparity * _MOST + np.float32(0.5)).astype(np.uint16)


def _is_exact(disparity: np.ndarray, steps: np.ndarray) -> bool:
    return bool((unpacked(steps) == disparity).all())
