"""Bands of disparity: what lies about equally deep moves alike, and is followed together."""

from __future__ import annotations

from anybokeh.runtime.jit import kernel

BANDS = 10
"""How many there are, evenly over [0, 1]; neighbours overlap by half of their width."""


@kernel(inline="always")
def membership(disparity: float, band: int) -> float:
    """How far a disparity belongs to a band, [0, 1]: 1 within it, 0 from the middle of its neighbours on."""
    away = abs(disparity * BANDS - (band + 0.5))
    return min(max(2.0 - 2.0 * away, 0.0), 1.0)


@kernel(inline="always")
def bands_of(disparity: float) -> tuple[int, int]:
    """The first and the last band that a disparity belongs to; there are at most two."""
    place = disparity * BANDS
    return min(max(int(place - 0.5), 0), BANDS - 1), min(max(int(place + 0.5), 0), BANDS - 1)


@kernel(inline="always")
def home(disparity: float) -> int:
    """The band that a disparity belongs to most."""
    return min(max(int(disparity * BANDS), 0), BANDS - 1)
