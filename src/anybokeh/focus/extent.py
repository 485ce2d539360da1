"""How deep a subject is, and the focus range that covers it."""

from __future__ import annotations

import numpy as np

from anybokeh.filters.smoothing import bridge, steady
from anybokeh.focus.puller import DEFAULT_SPEED, pull

_WHOLE = 0.8, 1.25
"""Share of the subject that surely is subject, and how much farther than its disparity the rest reaches."""
_LARGEST_RANGE = 0.25
"""A subject deeper than twice this is not covered: little would be left to blur."""
_SPEED = 0.5


def extent(values: np.ndarray, middle: float) -> float:
    """How far a subject reaches from its middle, in disparity.

    values: (n,) disparity inside its mask; one in five may belong to something else.
    """
    share, farther = _WHOLE
    return float(np.quantile(np.abs(values - middle), share)) * farther


def covering(
    middle: np.ndarray,
    extents: np.ndarray,
    focus: np.ndarray,
    times: np.ndarray,
    speed: float = DEFAULT_SPEED,
) -> np.ndarray:
    """Half-width in disparity around the focus that covers the subject's depth, (frames,), without tremble.

    middle, extents: (frames,) of the subject, NaN where it was not seen. focus, times: (frames,).
    """
    ends = bridge(extents) + np.abs(bridge(middle) - focus)
    ends = pull(steady(ends, sigma=1, reach=4), times, _SPEED * speed, play=0)
    return np.minimum(ends, _LARGEST_RANGE)
