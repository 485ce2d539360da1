"""Quality where depth jumps: the place in which ways to blur differ."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.evaluation.metrics.psnr import psnr

LEAST_STEP = 1.0
"""Jump of the circle of confusion in pixels, between neighbours, that makes an edge."""
WIDTH = 8.0
"""Half-width of the band in pixels of a 1024-pixel-wide picture."""


def edge_band(coc: np.ndarray, width: float = WIDTH) -> np.ndarray:
    """Pixels near a depth edge: (frames, height, width) bool.

    An edge lies where the circle of confusion jumps by more than a pixel from one pixel to the next. The band
    holds what is at most `width` * frame width / 1024 pixels away from one.

    Args:
        coc: (frames, height, width) signed circle of confusion in pixels.
        width: half-width in pixels of a 1024-pixel-wide picture.
    """
    reach = max(1.0, width * coc.shape[2] / 1024)
    return np.stack([_near(_edges(frame), reach) for frame in coc])


def edge_band_psnr(result: np.ndarray, truth: np.ndarray, band: np.ndarray) -> float:
    """PSNR in dB over the pixels of `edge_band`; NaN where there is no depth edge."""
    return psnr(result, truth, band)


def _edges(coc: np.ndarray) -> np.ndarray:
    edges = np.zeros(coc.shape, bool)
    across = np.abs(np.diff(coc, axis=1)) > LEAST_STEP
    down = np.abs(np.diff(coc, axis=0)) > LEAST_STEP
    edges[:, 1:] |= across
    edges[:, :-1] |= across
    edges[1:] |= down
    edges[:-1] |= down
    return edges


def _near(edges: np.ndarray, reach: float) -> np.ndarray:
    if not edges.any():
        return edges
    distance = cv2.distanceTransform((~edges).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance <= reach
