"""Filling in what a picture lacks from what surrounds it."""

from __future__ import annotations

import cv2
import numpy as np


def pull_push(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Complete a picture coarse to fine: means where something is known, wider means where nothing is.

    The method of Gortler et al., The Lumigraph, 1996, section 3.5.

    Args:
        values: (height, width, channels) float32.
        known: (height, width) float32, how certain each value is, in [0, 1].

    Returns:
        Float32 of the values' shape; where nothing at all is known, zero.
    """
    weighted = [np.dstack([values * known[..., None], known])]
    while max(weighted[-1].shape[:2]) > 1:
        weighted.append(_halve(weighted[-1]))
    coarse = _mean(weighted[-1])
    for sums in weighted[-2::-1]:
        height, width = sums.shape[:2]
        up = cv2.resize(coarse, (2 * coarse.shape[1], 2 * coarse.shape[0]), interpolation=cv2.INTER_LINEAR)
        share = np.minimum(sums[..., -1:], 1)
        coarse = share * _mean(sums) + (1 - share) * up.reshape(*up.shape[:2], -1)[:height, :width]
    return coarse


def _halve(sums: np.ndarray) -> np.ndarray:
    height, width = sums.shape[:2]
    padded = np.pad(sums, ((0, height % 2), (0, width % 2), (0, 0)))
    total = padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]
    # A cell is certain once one of its pixels is: what is known should not drown in what is not.
    return total / np.maximum(total[..., -1:], 1)


def _mean(sums: np.ndarray) -> np.ndarray:
    return sums[..., :-1] / np.maximum(sums[..., -1:], 1e-8)
