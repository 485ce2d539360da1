"""Refining a scene's rows by parallax, where the camera's own motion shows any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.disparity.scene_model import SUBJECT, Scene, background
from anybokeh.filters.smoothing import steady

_SPREAD = 0.5, 1.2
"""Standard deviation of parallax in pixels at which it begins to count, and counts in full."""
_AGREEMENT = 0.4, 0.6
"""The same for its correlation with the rows, which decides what is near: a plane's error has none."""
_SIGMA = 12.0
"""Frames over which confidence is steadied, a standard deviation."""
_BEHIND = 0.95 * SUBJECT


@dataclass(frozen=True)
class Fit:
    """Rows as scale * parallax + offset, over the background of one frame.

    Attributes:
        scale, offset: disparity a pixel, and of no parallax; the sign of scale tells which way is near.
        confidence: [0, 1]; 0 where there is no parallax.
    """

    scale: float
    offset: float
    confidence: float


def fit(parallax: np.ndarray, free: np.ndarray, scene: Scene) -> Fit:
    """Fit the rows of one frame: parallax (rows, columns), free (rows, columns) bool where no subject is."""
    prior = np.repeat(background(scene, len(parallax))[:, None], parallax.shape[1], axis=1)[free]
    found = parallax[free]
    if len(found) < 16:
        return Fit(0.0, 0.0, 0.0)
    found = np.clip(found, *np.quantile(found, (0.02, 0.98)))
    spread, range_ = float(found.std()), float(prior.std())
    if spread < _SPREAD[0] or range_ == 0:
        return Fit(0.0, 0.0, 0.0)
    agreement = float(np.corrcoef(found, prior)[0, 1])
    # the slope of least squares would squeeze the depths together where rows and parallax disagree
    scale = range_ / spread * (1 if agreement > 0 else -1)
    confidence = _ramp(spread, *_SPREAD) * _ramp(abs(agreement), *_AGREEMENT)
    return Fit(scale, float(prior.mean() - scale * found.mean()), confidence)


def steadied(fits: Sequence[Fit]) -> list[Fit]:
    """The fits of one shot; confidence comes and goes slowly, and is 0 where a frame contradicts others."""
    signed = steady(np.array([one.confidence * np.sign(one.scale) for one in fits]), sigma=_SIGMA, reach=5)
    agree = np.clip(signed * np.sign([one.scale for one in fits]), 0, 1)
    return [Fit(one.scale, one.offset, float(sure)) for one, sure in zip(fits, agree, strict=True)]


def refined(parallax: np.ndarray, found: Fit, scene: Scene) -> np.ndarray:
    """Disparity (rows, columns) float32 of what is behind the subject, and of the ground before it."""
    rows = background(scene, len(parallax))[:, None]
    by_parallax = np.clip(found.scale * parallax + found.offset, 0, np.maximum(rows, _BEHIND))
    return (rows + found.confidence * (by_parallax - rows)).astype(np.float32)


def _ramp(value: float, start: float, end: float) -> float:
    return float(np.clip((value - start) / (end - start), 0, 1))


def cells(share: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which cells of a parallax map of that shape hold no subject; share (height, width)."""
    return cv2.resize(share, (shape[1], shape[0]), interpolation=cv2.INTER_AREA) < 0.2
