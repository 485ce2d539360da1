"""Layers blurred by OpenCV."""

from __future__ import annotations

import numpy as np

from anybokeh.evaluation.baselines.discs import disc_blur


def disc_filtered_layers(light: np.ndarray, coc: np.ndarray, layers: int = 32) -> np.ndarray:
    """Cut the picture into equal slices of depth, blur each with OpenCV, and lay them over each other.

    The result is divided by the coverage that the slices reach together.
    """
    low, high = float(coc.min()), float(coc.max())
    size = max(high - low, 1e-6) / layers
    index = np.minimum(((coc - low) / size).astype(int), layers - 1)
    total = np.zeros((*coc.shape, 4), np.float32)
    samples = np.dstack([light, np.ones(coc.shape, np.float32)])
    for layer in range(layers):
        chosen = index == layer
        if chosen.any():
            blurred = disc_blur(samples * chosen[..., None], abs(low + (layer + 0.5) * size))
            total = blurred + total * (1 - blurred[..., 3:])
    return total[..., :3] / np.maximum(total[..., 3:], 1e-6)
