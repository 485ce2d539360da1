"""Bands of disparity: what lies about equally deep moves alike, and is followed together."""

from __future__ import annotations

import numpy as np

from anybokeh.runtime.jit import kernel

BANDS = 10
"""How many there are, evenly over [0, 1]; neighbours overlap by half of their width."""


@kernel(inline="always")
def membership(disparity: float, band: int) -> float | np.floating:
    """How far a disparity belongs to a band, [0, 1]: 1 within it, 0 from the middle of its neighbours on."""
    away = abs(disparity * np.float32(BANDS) - (np.float32(band) + np.float32(0.5)))
    two = np.float32(2)
    return min(max(two - two * away, np.float32(0)), np.float32(1))


@kernel(inline="always")
def bands_of(disparity: float) -> tuple[int, int]:
    """The first and the last band that a disparity belongs to; there are at most two."""
    place, half = disparity * np.float32(BANDS), np.float32(0.5)
    return min(max(int(place - half), 0), BANDS - 1), min(max(int(place + half), 0), BANDS - 1)


@kernel(inline="always")
def home(disparity: float) -> int:
    """The band that a disparity belongs to most."""
    return min(max(int(disparity * np.float32(BANDS)), 0), BANDS - 1)
