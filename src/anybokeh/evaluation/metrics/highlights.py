"""How bright the discs of clipped highlights come out."""

from __future__ import annotations

import numpy as np

from anybokeh.evaluation.metrics.reach import reached
from anybokeh.optics.light import decode

CLIPPED = 254.5 / 255
"""Code value of the brightest channel from which a pixel counts as clipped."""
FLOOR = 0.01
"""Light, as a share of white, that is added before the logarithm: darker differences are not visible."""


def highlight_reach(aif: np.ndarray, coc: np.ndarray, clipped: np.ndarray | None = None) -> np.ndarray:
    """Pixels within the disc of a clipped input pixel that is out of focus (|r| >= 1): (frames, h, w) bool.

    Args:
        aif: (frames, 3, height, width) encoded, in [0, 1].
        coc: (frames, height, width) signed circle of confusion in pixels.
        clipped: (frames, height, width) or (frames, 3, height, width) share of light that clipping left, 1
            where nothing was clipped; where it is not known, pixels with a channel at white count as clipped.
    """
    bright: np.ndarray
    if clipped is None:
        bright = np.any(aif >= CLIPPED, axis=1)
    else:
        bright = np.any((clipped < 1).reshape(len(aif), -1, *aif.shape[2:]), axis=1)
    radius = np.abs(coc)
    return np.stack([reached(radius[i], bright[i] & (radius[i] >= 1)) for i in range(len(aif))])


def highlight_error(
    result: np.ndarray, truth: np.ndarray, where: np.ndarray, transfer: str = "srgb"
) -> float:
    """Mean absolute difference in stops between the light of result and truth, inside `where`.

    mean |log2((R + 0.01) / (G + 0.01))| of linear light R and G, 1 is white. Lamps whose discs come out half
    as bright as they should cost one stop.

    Args:
        result, truth: (frames, 3, height, width) encoded with `transfer`, in [0, 1].
        where: (frames, height, width) bool, of `highlight_reach`.

    Returns:
        Stops, 0 is best; NaN where there are no clipped highlights out of focus.
    """
    total, count = 0.0, 0
    for one, other, inside in zip(result, truth, where, strict=True):
        light, true_light = (decode(frame[:, inside], transfer) for frame in (one, other))
        total += float(np.abs(np.log2((light + FLOOR) / (true_light + FLOOR))).sum(dtype=np.float64))
        count += light.size
    return total / count if count else float("nan")
