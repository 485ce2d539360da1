"""Peak signal-to-noise ratio."""

from __future__ import annotations

import numpy as np

LEAST_ERROR = 1e-10
"""Mean square errors below this count as this, so that equal frames score 100 dB and means stay finite."""


def psnr(result: np.ndarray, truth: np.ndarray, where: np.ndarray | None = None) -> float:
    """Mean over frames of -10 log10(MSE) in dB, of encoded values with peak 1.

    Args:
        result, truth: (frames, channels, height, width) in [0, 1].
        where: (frames, height, width) bool, the pixels that count; frames without any are left out.

    Returns:
        dB, at most 100; NaN if no pixel counts.
    """
    values = []
    for index in range(len(truth)):
        error = (result[index].astype(np.float64) - truth[index]) ** 2
        if where is not None:
            error = error[:, where[index]]
        if error.size:
            values.append(-10 * np.log10(max(float(error.mean()), LEAST_ERROR)))
    return float(np.mean(values)) if values else float("nan")
