"""Blurring whole pictures with one disc, and the grey pictures' borders."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from anybokeh.optics.aperture import Aperture, aperture_kernel, draw_aperture
from anybokeh.optics.lens import Lens


def disc_blur(samples: np.ndarray, radius: float) -> np.ndarray:
    """Convolve with a disc, anti-aliased, the border repeated.

    Args:
        samples: (height, width) or (height, width, channels) float32.
        radius: in pixels; below half a pixel nothing changes.
    """
    if radius < 0.5:
        return samples
    kernel = aperture_kernel(_disc(), radius)
    return cv2.filter2D(samples, -1, kernel, borderType=cv2.BORDER_REPLICATE)


def blur_where(samples: np.ndarray, radius: float, rows: slice, columns: slice) -> np.ndarray:
    """`disc_blur` of samples that are zero outside of a box: only its reach is computed.

    Returns:
        A whole picture, zero beyond the reach of the box.
    """
    height, width = samples.shape[:2]
    reach = int(np.ceil(radius)) + 1
    near_rows = slice(max(rows.start - reach, 0), min(rows.stop + reach, height))
    near_columns = slice(max(columns.start - reach, 0), min(columns.stop + reach, width))
    blurred = np.zeros_like(samples)
    blurred[near_rows, near_columns] = disc_blur(samples[near_rows, near_columns], radius)
    return blurred


def box_of(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that hold everything set in `mask` (height, width), which must not be empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


@lru_cache(maxsize=1)
def _disc() -> Aperture:
    return draw_aperture(Lens())
