"""Video edge preservation index."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.evaluation.metrics.luma import luma

DILATION = 0.01
"""Radius by which the mask is widened, as a share of the frame's width."""


def edge_preservation(result: np.ndarray, aif: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Edge preservation index of every frame: correlation of edges in the result with those of the input.

    EPI = sum (e_r - mean e_r)(e_a - mean e_a) / sqrt(sum (e_r - mean e_r)^2 sum (e_a - mean e_a)^2), where e
    is the Sobel magnitude of luma, over the mask widened by 1 % of the width so that the subject's outline
    takes part (Sattar et al., IEEE Transactions on Image Processing 6(6), 1997; there with a Laplacian).

    Args:
        result, aif: (frames, 3, height, width) in [0, 1].
        mask: (frames, height, width) in [0, 1], the subject in focus.

    Returns:
        (frames,), -1 to 1, NaN where the mask is empty or holds no edge.
    """
    radius = max(1, round(DILATION * aif.shape[3]))
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    values = []
    for frame, sharp, subject in zip(result, aif, mask, strict=True):
        inside = cv2.dilate((subject > 0.5).astype(np.uint8), element).astype(bool)
        values.append(_correlation(sobel(luma(frame))[inside], sobel(luma(sharp))[inside]))
    return np.array(values)


def vepi(result: np.ndarray, aif: np.ndarray, mask: np.ndarray) -> float:
    """Mean over frames of `edge_preservation`; 1 is best. The index of Any-to-Bokeh's table on real clips."""
    return _mean(edge_preservation(result, aif, mask))


def vepi_change(result: np.ndarray, aif: np.ndarray, mask: np.ndarray) -> float:
    """Mean absolute change of `edge_preservation` from frame to frame: 0 keeps edges equally at all times."""
    return _mean(np.abs(np.diff(edge_preservation(result, aif, mask))))


def sobel(picture: np.ndarray) -> np.ndarray:
    """Magnitude of the 3 x 3 Sobel gradient, (height, width)."""
    return np.hypot(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1))


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if one.size < 2:
        return float("nan")
    one, other = (values.astype(np.float64) - values.mean(dtype=np.float64) for values in (one, other))
    power = np.sqrt((one**2).sum() * (other**2).sum())
    return float((one * other).sum() / power) if power > 1e-9 else float("nan")


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
