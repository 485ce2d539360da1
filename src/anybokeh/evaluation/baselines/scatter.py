"""Scattering without layers."""

from __future__ import annotations

import numpy as np

from anybokeh.evaluation.baselines.discs import blur_where, box_of


def scatter_without_layers(light: np.ndarray, coc: np.ndarray, step: float = 0.25) -> np.ndarray:
    """Spread every pixel over its disc and divide by what arrived, near and far alike.

    This is the classical part of BokehMe (Peng et al., CVPR 2022) without its networks.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
        step: radii are rounded to this many pixels.
    """
    index = np.rint(np.abs(coc) / step).astype(int)
    total = np.zeros((*coc.shape, 4), np.float32)
    samples = np.dstack([light, np.ones(coc.shape, np.float32)])
    for bin_ in np.unique(index):
        chosen = index == bin_
        total += blur_where(samples * chosen[..., None], bin_ * step, *box_of(chosen))
    return total[..., :3] / total[..., 3:]
