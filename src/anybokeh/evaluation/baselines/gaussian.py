"""Gaussian blur by depth."""

from __future__ import annotations

import cv2
import numpy as np


def gaussian_by_depth(light: np.ndarray, coc: np.ndarray, steps: int = 24) -> np.ndarray:
    """Pick each pixel from a stack of Gaussian blurs by its own circle of confusion.

    A Gaussian of half the disc's radius has the disc's variance.
    """
    radius = np.abs(coc)
    radii = np.linspace(0, max(float(radius.max()), 1e-3), steps)
    stack = [light] + [
        cv2.GaussianBlur(light, (0, 0), max(r / 2, 0.05), borderType=cv2.BORDER_REPLICATE) for r in radii[1:]
    ]
    position = radius / radii[1]
    lower = np.minimum(position.astype(int), steps - 2)
    share = (position - lower)[..., None]
    result = np.zeros_like(light)
    for index in range(steps - 1):
        chosen = lower == index
        result[chosen] = (stack[index] * (1 - share) + stack[index + 1] * share)[chosen]
    return result
