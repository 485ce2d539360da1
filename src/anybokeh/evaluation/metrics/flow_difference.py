"""Does the result move as the truth does?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

Flow = Callable[[np.ndarray, np.ndarray], np.ndarray]


def flows(frames: np.ndarray, flow: Flow) -> np.ndarray:
    """Flow from every frame to the next: (frames - 1, 2, height, width) in pixels."""
    return np.stack([flow(one, other) for one, other in pairwise(frames)])


def flow_difference(result: np.ndarray, truth: np.ndarray) -> float:
    """Mean length in pixels of the difference between the optical flows of result and truth.

    Args:
        result, truth: (frames - 1, 2, height, width), of `flows`.
    """
    return float(np.hypot(*(result - truth).swapaxes(0, 1)).mean(dtype=np.float64))
