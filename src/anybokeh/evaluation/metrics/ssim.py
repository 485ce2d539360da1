"""Structural similarity."""

from __future__ import annotations

import cv2
import numpy as np

WINDOW, SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def ssim(result: np.ndarray, truth: np.ndarray) -> float:
    """Mean structural similarity over frames and channels.

    SSIM = (2 m_x m_y + C1)(2 s_xy + C2) / ((m_x^2 + m_y^2 + C1)(s_x^2 + s_y^2 + C2)) with moments under an
    11 x 11 Gaussian of sigma 1.5, C1 = 0.01^2, C2 = 0.03^2, peak 1 (Wang et al., IEEE Transactions on Image
    Processing 13(4), 2004). Windows that reach over the frame's border are left out, as the authors do.

    Args:
        result, truth: (frames, channels, height, width) in [0, 1], at least 11 x 11.

    Returns:
        -1 to 1; 1 for equal frames.
    """
    return float(np.mean([_frame(one, other) for one, other in zip(result, truth, strict=True)]))


def _frame(result: np.ndarray, truth: np.ndarray) -> float:
    x, y = (np.ascontiguousarray(frame.transpose(1, 2, 0), np.float32) for frame in (result, truth))
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x = _blur(x * x) - mean_x**2
    variance_y = _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    structure = (2 * covariance + _C2) / (variance_x + variance_y + _C2)
    border = WINDOW // 2
    inner = (luminance * structure)[border:-border, border:-border]
    return float(inner.mean(dtype=np.float64))


def _blur(picture: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(picture, (WINDOW, WINDOW), SIGMA)
