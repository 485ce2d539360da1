"""Salient objects in one picture without a network: colours that the picture's rim does not have."""

from __future__ import annotations

import cv2
import numpy as np

_RIM = 0.06
"""Width of the rim as a share of the picture's sides; most of it is background."""
_BINS = 12


class Contrast:
    """Colour contrast with the rim, weighed by nearness to the centre.

    After Wei et al., "Geodesic Saliency Using Background Priors", ECCV 2012, simplified to colours.
    """

    name = "colour contrast"
    is_guess = True

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """How likely each pixel belongs to the subject: (height, width) in [0, 1].

        picture: (height, width, 3) uint8 RGB.
        """
        height, width = picture.shape[:2]
        bins = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.5), cv2.COLOR_RGB2LAB).astype(np.int32)
        bins = bins * _BINS // 256
        index = (bins[..., 0] * _BINS + bins[..., 1]) * _BINS + bins[..., 2]
        rim = np.ones((height, width), bool)
        # the lower rim is where subjects stand: it says nothing
        left, top = max(1, round(_RIM * width)), max(1, round(_RIM * height))
        rim[top:, left : width - left] = False
        everywhere = np.bincount(index.ravel(), minlength=_BINS**3).astype(np.float32)
        outside = np.bincount(index[rim], minlength=_BINS**3).astype(np.float32)
        expected = rim.mean()
        # share of each colour that lies in the rim, against what chance would put there
        share = (outside + 0.5 * expected) / (everywhere + 0.5)
        unlike = np.clip(1 - share / expected, 0, 1)[index]
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        across, down = columns / max(width - 1, 1) - 0.5, rows / max(height - 1, 1) - 0.55
        central = np.exp(-(across * across + down * down) / (2 * 0.22**2))
        return cv2.GaussianBlur((0.15 + 0.85 * unlike) * central, (0, 0), 2).clip(0, 1)
