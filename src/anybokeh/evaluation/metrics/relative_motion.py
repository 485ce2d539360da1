"""Does the result change over time as the truth does?"""

from __future__ import annotations

import numpy as np


def relative_motion(result: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute difference between the changes of result and truth from frame to frame.

    mean |(r[t+1] - r[t]) - (g[t+1] - g[t])|: a constant error costs nothing, a change that the truth does not
    have costs its size. The measure of temporal consistency in Any-to-Bokeh's table 1.

    Args:
        result, truth: (frames, channels, height, width) in [0, 1], two frames or more.

    Returns:
        In units of the value range, 0 is best.
    """
    total = 0.0
    for index in range(len(truth) - 1):
        change = result[index + 1] - result[index]
        change -= truth[index + 1] - truth[index]
        total += float(np.abs(change).mean(dtype=np.float64))
    return total / (len(truth) - 1)


def flicker(result: np.ndarray, truth: np.ndarray) -> float:
    """`relative_motion` in levels of 255, as the eye of somebody who grades 8-bit video reads it."""
    return 255 * relative_motion(result, truth)
