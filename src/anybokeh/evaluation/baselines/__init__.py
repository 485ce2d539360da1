"""Other ways to blur by depth, to measure the renderer against.

Each takes one frame in linear light with its signed circle of confusion (positive in front of the focal
plane), and returns linear light, float32: `light` (height, width, 3), `coc` (height, width) in pixels, result
(height, width, 3). Where a method speaks of disparity the circle of confusion serves, which is linear in it.
None of them is used for rendering.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from anybokeh.evaluation.baselines.blender import blender_defocus
from anybokeh.evaluation.baselines.disc_layers import disc_filtered_layers
from anybokeh.evaluation.baselines.gather import gather
from anybokeh.evaluation.baselines.gaussian import gaussian_by_depth
from anybokeh.evaluation.baselines.inpainted_layers import inpainted_layers
from anybokeh.evaluation.baselines.planes import plane_sweep
from anybokeh.evaluation.baselines.scatter import scatter_without_layers

Baseline = Callable[[np.ndarray, np.ndarray], np.ndarray]


def all_in_focus(light: np.ndarray, coc: np.ndarray) -> np.ndarray:
    """The picture as it is."""
    del coc
    return light


BASELINES: dict[str, Baseline] = {
    "all in focus": all_in_focus,
    "Gaussian by depth": gaussian_by_depth,
    "gather per pixel": gather,
    "scatter without layers": scatter_without_layers,
    "32 disc-filtered layers (OpenCV)": disc_filtered_layers,
    "multiplane sweep, filled": plane_sweep,
    "inpainted layers": inpainted_layers,
}
"""Ways that need nothing beyond this package."""

PROGRAMS: dict[str, Baseline] = {"Defocus node (Blender)": blender_defocus}
"""Ways that run another program: they raise InputError, saying how to get it, where it is not installed."""

__all__ = [
    "BASELINES",
    "PROGRAMS",
    "Baseline",
    "all_in_focus",
    "blender_defocus",
    "disc_filtered_layers",
    "gather",
    "gaussian_by_depth",
    "inpainted_layers",
    "plane_sweep",
    "scatter_without_layers",
]
