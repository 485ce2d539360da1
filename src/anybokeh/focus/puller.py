"""Moving focus the way a focus puller does: no tremble, no overshoot, ready when the subject arrives."""

from __future__ import annotations

import numpy as np

DEFAULT_SPEED = 1.0
"""A rack takes about half a second."""
_RATE = 9.0
"""Natural frequency in radians a second at speed 1."""
_SETTLED = 8.0
"""Time constants after which next to nothing is left of what was before."""
_PLAY = 0.006
"""Disparity by which the subject may move before the focus follows."""


def pull(
    values: np.ndarray, times: np.ndarray, speed: float = DEFAULT_SPEED, play: float = _PLAY
) -> np.ndarray:
    """Follow measured focus smoothly.

    Changes smaller than `play` do not move the focus. What remains passes through a critically damped second-
    order system once forwards and once backwards in time: neither pass overshoots, and their lags cancel.

    Args:
        values: (frames,) measured focus of one shot, without NaN.
        times: (frames,) seconds, increasing.
        speed: 1 takes about half a second from near to far, 2 half of that.
    """
    values, times = np.asarray(values, np.float64), np.asarray(times, np.float64)
    if len(values) < 2:
        return values
    followed = _with_play(values, play)
    rate = _RATE * speed
    # Both ends are continued by point reflection, so that a steady movement keeps its speed there.
    around = int(np.clip(_SETTLED / (rate * np.diff(times).mean()), 1, len(values) - 1))
    longer, when = (np.pad(one, around, mode="reflect", reflect_type="odd") for one in (followed, times))
    ahead = damped(longer, when, rate)
    result = damped(ahead[::-1], -when[::-1], rate)[::-1][around:-around]
    return result.clip(followed.min(), followed.max())


def damped(values: np.ndarray, times: np.ndarray, rate: float) -> np.ndarray:
    """Response (frames,) of the critically damped system x'' = rate² (value - x) - 2 rate x'.

    It is at rest at first. Exact for values that hold from one frame to the next, whatever the frame rate.
    """
    result = np.empty(len(values))
    position, velocity = values[0], 0.0
    result[0] = position
    for index, duration in enumerate(np.diff(times), 1):
        # off and drift are the solution's constants: x - target = (off + drift t) exp(-rate t)
        off = position - values[index]
        drift = velocity + rate * off
        decay = np.exp(-rate * duration)
        position = values[index] + (off + drift * duration) * decay
        velocity = (drift - rate * (off + drift * duration)) * decay
        result[index] = position
    return result


def _with_play(values: np.ndarray, play: float) -> np.ndarray:
    """The values as a loose gear passes them on: within `play` of them, moving only when pushed."""
    result = np.empty(len(values))
    # it begins in the middle of where the first frames are
    held = float(np.median(values[:5]))
    for index, value in enumerate(values):
        held = min(max(held, value - play), value + play)
        result[index] = held
    return result
