"""Weighing what speaks for the subject: the network, strange colours, and motion of its own.

The weights are a logistic regression's on a clip with a known mask, rounded. Motion counts as far as the
subject is what moves: a portrait that sits still is found by the network alone.
"""

from __future__ import annotations

import cv2
import numpy as np

_NETWORK, _STRANGE, _MOVING, _OFFSET = 0.5, 8.0, 2.5, -7.3
_NETWORK_ALONE, _OFFSET_ALONE = 1.2, -0.2
_FAR = 4.0
"""What counts against pixels far from anything that the network found."""
_NEAR = 0.06
"""Reach around what the network found, as a share of the picture's diagonal."""
_DOUBT = 0.03
"""The network is never surer than this."""


def log_odds(share: np.ndarray, doubt: float = _DOUBT) -> np.ndarray:
    """ln(p / (1 - p)) with p kept away from 0 and 1 by `doubt`."""
    share = np.clip(share, doubt, 1 - doubt)
    return np.log(share / (1 - share))


def probability(odds: np.ndarray) -> np.ndarray:
    """The inverse of `log_odds`."""
    return 1 / (1 + np.exp(-odds))


def liveliness(found: np.ndarray, strange: np.ndarray, moving: np.ndarray) -> float:
    """How far the subject is what moves, [0, 1].

    found: (height, width) share by the network. strange: share of frames, [0, 1]. moving: departure in
    pixels.
    """
    inside, outside = float(found.sum()), float((1 - found).sum())
    if inside < 1 or outside < 1:
        return 0.0
    lively = strange * np.minimum(moving, 1)
    contrast = float((lively * found).sum()) / inside - float((lively * (1 - found)).sum()) / outside
    return float(np.clip((contrast - 0.05) / 0.15, 0, 1))


def weigh(
    found: np.ndarray, strange: np.ndarray | None, moving: np.ndarray | None, lively: float
) -> np.ndarray:
    """Log odds (height, width) that a pixel is part of the subject.

    found: share by the network. strange, moving: as for `liveliness`; None where nothing tells.
    """
    alone = _NETWORK_ALONE * log_odds(found) + _OFFSET_ALONE
    if strange is None or moving is None or lively == 0:
        return alone
    diagonal = float(np.hypot(*found.shape))
    nearby = np.clip(cv2.GaussianBlur(found, (0, 0), _NEAR * diagonal) / 0.15, 0, 1)
    together = (
        _NETWORK * log_odds(found)
        + _STRANGE * strange
        + _MOVING * np.log1p(moving)
        + _OFFSET
        - _FAR * (1 - nearby)
    )
    return lively * together + (1 - lively) * alone
