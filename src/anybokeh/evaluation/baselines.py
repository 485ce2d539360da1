"""Simpler ways to blur by depth, to measure the renderer against.

Each takes one frame in linear light with its signed circle of confusion, and returns linear light, float32:
`light` (height, width, 3), `coc` (height, width) in pixels, result (height, width, 3). None of them is used
for rendering.
"""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.optics.aperture import aperture_kernel, draw_aperture
from anybokeh.optics.lens import Lens


def all_in_focus(light: np.ndarray, coc: np.ndarray) -> np.ndarray:
    """The picture as it is."""
    del coc
    return light


def gaussian_by_depth(light: np.ndarray, coc: np.ndarray, steps: int = 24) -> np.ndarray:
    """Pick each pixel from a stack of Gaussian blurs by its own circle of confusion.

    A Gaussian of half the disc's radius has the disc's variance.
    """
    radius = np.abs(coc)
    radii = np.linspace(0, max(float(radius.max()), 1e-3), steps)
    stack = [light] + [cv2.GaussianBlur(light, (0, 0), max(r / 2, 0.05)) for r in radii[1:]]
    position = radius / radii[1]
    lower = np.minimum(position.astype(int), steps - 2)
    share = (position - lower)[..., None]
    result = np.zeros_like(light)
    for index in range(steps - 1):
        chosen = lower == index
        result[chosen] = (stack[index] * (1 - share) + stack[index + 1] * share)[chosen]
    return result


def scatter_without_layers(light: np.ndarray, coc: np.ndarray, step: float = 0.25) -> np.ndarray:
    """Spread every pixel over its disc and divide by what arrived, near and far alike.

    This is the classical part of BokehMe (CVPR 2022) without its networks.
    """
    index = np.rint(np.abs(coc) / step).astype(int)
    aperture = draw_aperture(Lens())
    total = np.zeros((*coc.shape, 4), np.float32)
    samples = np.dstack([light, np.ones(coc.shape, np.float32)])
    for bin_ in np.unique(index):
        total += _spread(samples * (index == bin_)[..., None], aperture, bin_ * step)
    return total[..., :3] / total[..., 3:]


def disc_filtered_layers(light: np.ndarray, coc: np.ndarray, layers: int = 32) -> np.ndarray:
    """Cut the picture into equal slices of depth, blur each with OpenCV, and lay them over each other.

    The result is divided by the coverage that the slices reach together.
    """
    low, high = float(coc.min()), float(coc.max())
    size = max(high - low, 1e-6) / layers
    index = np.minimum(((coc - low) / size).astype(int), layers - 1)
    aperture = draw_aperture(Lens())
    total = np.zeros((*coc.shape, 4), np.float32)
    samples = np.dstack([light, np.ones(coc.shape, np.float32)])
    for layer in range(layers):
        chosen = index == layer
        if chosen.any():
            blurred = _spread(samples * chosen[..., None], aperture, abs(low + (layer + 0.5) * size))
            total = blurred + total * (1 - blurred[..., 3:])
    return total[..., :3] / np.maximum(total[..., 3:], 1e-6)


def _spread(samples: np.ndarray, aperture, radius: float) -> np.ndarray:
    if radius < 0.5:
        return samples
    kernel = aperture_kernel(aperture, radius)
    return cv2.filter2D(samples, -1, kernel[::-1, ::-1], borderType=cv2.BORDER_REPLICATE)


BASELINES = {
    "all in focus": all_in_focus,
    "Gaussian by depth": gaussian_by_depth,
    "scatter without layers": scatter_without_layers,
    "32 disc-filtered layers (OpenCV)": disc_filtered_layers,
}
