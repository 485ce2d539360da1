"""Gains of clipped highlights, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def joined_gains(gains: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """Gains of several frames as one array (frames, 3, height, width), None if there is none."""
    shape = next((gain.shape for gain in gains if gain is not None), None)
    if shape is None:
        return None
    return np.stack([np.ones(shape, np.float32) if gain is None else gain for gain in gains])
