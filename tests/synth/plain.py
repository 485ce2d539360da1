"""The exact renderer of layered scenes in plain numpy, slow and readable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anybokeh.synth.layers import Layer, View, defocus


def blurred_plain(layers: Sequence[Layer], view: View, points: np.ndarray) -> np.ndarray:
    """What `layered.blurred` computes, for given points of the lens, (3, height, width) float64."""
    width, height = view.size
    y, x = np.mgrid[:height, :width].astype(np.float64)
    total = np.zeros((3, height, width))
    for ux, uy, weight in points:
        light = np.zeros((3, height, width))
        for layer in reversed(layers):
            radius = defocus(layer.plane, view)
            shift = radius.disparity(x, y) / (1 - ux * radius.dx - uy * radius.dy)
            seen = bilinear(layer, x + ux * shift, y + uy * shift)
            light = seen[:3] + (1 - seen[3]) * light
        total += weight * light
    return total


def bilinear(layer: Layer, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A layer's picture between its pixels at points of the frame, (4, ...) float64; nothing beyond it."""
    rows, columns = layer.picture.shape[:2]
    x, y = x - layer.corner[0], y - layer.corner[1]
    j, i = np.floor(x).astype(int), np.floor(y).astype(int)
    result = np.zeros((*x.shape, 4))
    for di in (0, 1):
        for dj in (0, 1):
            weight = (1 - np.abs(y - i - di)) * (1 - np.abs(x - j - dj))
            inside = (i + di >= 0) & (i + di < rows) & (j + dj >= 0) & (j + dj < columns)
            pixel = layer.picture[np.clip(i + di, 0, rows - 1), np.clip(j + dj, 0, columns - 1)]
            result += np.where(inside, weight, 0)[..., None] * pixel
    return np.moveaxis(result, -1, 0)
