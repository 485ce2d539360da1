"""Making a measured focus steady over time."""

from __future__ import annotations

import numpy as np

# Frames to each side that a steady value depends on: the median's and the Gaussian's.
REACH = 10


def bridge(values: np.ndarray) -> np.ndarray:
    """Replace NaN in (frames,) by straight lines between neighbours, and by the nearest value at the ends."""
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), known, values[known])


def steady(values: np.ndarray, sigma: float = 2.5, reach: int = 2) -> np.ndarray:
    """Take out jumps of single frames and tremble without lag: a median, then a Gaussian.

    values: (frames,) without NaN. sigma: standard deviation of the Gaussian in frames. reach: frames to each
    side that the median sees. Both ends are continued by point reflection, so that a steady pull of focus
    keeps its speed there.
    """
    radius = int(np.ceil(3 * sigma))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, reach, mode="edge"), 2 * reach + 1)
    calm = np.median(windows, axis=1)
    if len(calm) < 2:
        return calm
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    padded = np.pad(calm, radius, mode="reflect", reflect_type="odd")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
