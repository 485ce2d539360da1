"""A plausible scene for a subject: it stands upright on a ground plane before a background that recedes.

The disparity of a plane is an affine function of the image row (Hoiem et al., "Putting Objects in
Perspective", IJCV 2008, after the pinhole camera), so the ground runs straight from where it ends to below
the subject's feet. What stands behind recedes with height, always well behind the subject: this is an
estimate whose order is right, not a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.filters.smoothing import bridge, steady
from anybokeh.subject.record import Course

SUBJECT = 0.7
"""Disparity of the subject."""
TOP, FAR = 0.04, 0.36
"""Disparity of the background at the picture's upper edge and where the ground ends."""
_DEFAULT_CONTACT, _DEFAULT_FAR = 0.95, 0.6
_FEWEST_ROWS = 0.06
"""The least height of the ground between its end and the subject's feet."""
_NEAREST = 0.92
"""The ground before the subject comes no nearer than this: it is not worth blurring away."""
_FEET = 0.8, 25
"""The subject stands at this quantile of its lowest rows in the frames around."""
_SIGMA = 12.0
"""Frames over which the scene's rows are steadied, a standard deviation."""


@dataclass(frozen=True)
class Scene:
    """Rows of one frame as shares of the height: where the subject touches the ground, where that ends."""

    contact: float
    far: float

    @property
    def horizon(self) -> float:
        """The row at which the ground plane's disparity is 0."""
        return self.far - (self.contact - self.far) * FAR / (SUBJECT - FAR)


def scenes(course: Course) -> list[Scene]:
    """The scene of every frame, steady within each shot."""
    contact, far = np.empty(len(course.shot)), np.empty(len(course.shot))
    for shot in course.shots:
        frames = slice(shot.start, shot.stop)
        contact[frames] = _steadied(_standing(course.contact[frames]), _DEFAULT_CONTACT)
        far[frames] = _steadied(course.far[frames], _DEFAULT_FAR)
    far = np.minimum(far, contact - _FEWEST_ROWS)
    return [Scene(*rows) for rows in zip(contact.tolist(), far.tolist(), strict=True)]


def _standing(contact: np.ndarray) -> np.ndarray:
    """The rows at which a subject stands that lifts its feet now and then."""
    if np.isnan(contact).all():
        return contact
    quantile, frames = _FEET
    padded = np.pad(bridge(contact), frames // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, frames // 2 * 2 + 1)
    return np.quantile(windows, quantile, axis=1)


def _steadied(values: np.ndarray, default: float) -> np.ndarray:
    if np.isnan(values).all():
        return np.full(len(values), default)
    return steady(bridge(values), sigma=_SIGMA, reach=5)


def background(scene: Scene, height: int) -> np.ndarray:
    """Disparity (height,) float32 of what is not the subject, row by row."""
    row = (np.arange(height) + 0.5) / height
    slope = (SUBJECT - FAR) / (scene.contact - scene.far)
    ground = FAR + slope * (row - scene.far)
    if scene.contact < 1:
        gentle = min(slope, (_NEAREST - SUBJECT) / (1 - scene.contact))
        ground = np.where(row > scene.contact, SUBJECT + gentle * (row - scene.contact), ground)
    # upright things: slowly at first below the upper edge, so that sky and roofs are all far
    rise = np.clip(row / scene.far, 0, 1) if scene.far > 0 else np.ones(height)
    upright = TOP + (FAR - TOP) * rise * rise * (3 - 2 * rise)
    return np.where(row < scene.far, upright, np.clip(ground, 0, 1)).astype(np.float32)


def compose(share: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """Disparity (height, width) float32: the subject before the background.

    share: (height, width) of the subject in [0, 1]. behind: (height,) disparity row by row, or (height,
    width).
    """
    rows = behind[:, None] if behind.ndim == 1 else behind
    return rows + share * (np.float32(SUBJECT) - rows)
