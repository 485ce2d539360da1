"""The exact lens on a cut-out in front of a background, one of them in focus: a convolution each."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.optics.aperture import aperture_kernel, draw_aperture
from anybokeh.optics.lens import Lens


def two_planes(front: np.ndarray, behind: np.ndarray, radius: float, *, front_in_focus: bool) -> np.ndarray:
    """What a lens with a round aperture sees of two planes that face it.

    Args:
        front: (height, width, 4) float32, linear light times coverage, and coverage.
        behind: (height, width, 3) float32, linear light.
        radius: of the circle of confusion of what is out of focus, in pixels.
        front_in_focus: whether the cut-out is in focus, else the background is.

    Returns:
        (height, width, 3) float32, linear light; beyond the border the outermost pixels go on.
    """
    kernel = aperture_kernel(draw_aperture(Lens()), radius) if radius > 0 else np.ones((1, 1))
    blurred = cv2.filter2D(behind if front_in_focus else front, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    near, far = (front, blurred) if front_in_focus else (blurred, behind)
    return near[..., :3] + (1 - near[..., 3:]) * far
