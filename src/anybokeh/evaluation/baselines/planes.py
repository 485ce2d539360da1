"""Sweeping over the planes of a multiplane image."""

from __future__ import annotations

import numpy as np

from anybokeh.evaluation.baselines.discs import disc_blur
from anybokeh.evaluation.baselines.inpainting import pull_push


def plane_sweep(light: np.ndarray, coc: np.ndarray, planes: int = 32) -> np.ndarray:
    """Blur the planes of a multiplane image and composite them back to front.

    The renderer of MPIB (Peng et al., ECCV 2022, section 3.3) without its networks: planes uniform in
    disparity, which is uniform in the circle of confusion; each plane is completed behind what is nearer by
    pull-push in place of their inpainting; its colour and its alpha are blurred alike; the result is divided
    by the coverage reached.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
        planes: how many, between the farthest and the nearest pixel.
    """
    low, high = float(coc.min()), float(coc.max())
    step = max(high - low, 1e-6) / planes
    index = np.minimum(((coc - low) / step).astype(int), planes - 1)
    total = np.zeros((*coc.shape, 4), np.float32)
    for plane in range(planes):
        here = (index == plane).astype(np.float32)
        if not here.any():
            continue
        colour = pull_push(light, here)
        alpha = pull_push(here[..., None], (index <= plane).astype(np.float32))
        blurred = disc_blur(np.dstack([colour * alpha, alpha]), abs(low + (plane + 0.5) * step))
        total = blurred + total * (1 - blurred[..., 3:])
    return total[..., :3] / np.maximum(total[..., 3:], 1e-6)
