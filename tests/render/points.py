"""Images of a point of light, and what can be measured on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from anybokeh.optics import Lens
from anybokeh.render import LayeredRenderer, Shot


def point_image(radius: float, **how: Any) -> np.ndarray:
    """The first channel of a `point_picture`; arguments as there."""
    return point_picture(radius, **how)[0]


def point_picture(
    radius: float,
    *,
    size: tuple[int, int] = (161, 161),
    at: tuple[float, float] | None = None,
    lens: Lens | None = None,
    near: bool = False,
    pixel_aspect: float = 1.0,
) -> np.ndarray:
    """(3, height, width) linear image of a point of radiance 1000 whose circle of confusion has that radius.

    Args:
        radius: in rows of pixels.
        size: height and width of the picture.
        at: place of the point in pixels, (x, y); between pixels it is shared bilinearly. None is the middle.
        lens: of the renderer.
        near: before the focal plane instead of behind it.
        pixel_aspect: of the shot.
    """
    height, width = size
    x, y = at or (width // 2, height // 2)
    frame = np.zeros((1, 3, height, width), np.float32)
    u, v = x % 1, y % 1
    for row, down in ((int(y), 1 - v), (int(y) + 1, v)):
        for column, across in ((int(x), 1 - u), (int(x) + 1, u)):
            if down * across:
                frame[..., row, column] = 1000 * down * across
    disparity = np.full((1, height, width), 1.0 if near else 0.0)
    blur = radius * 1024 / (width * pixel_aspect)
    shot = Shot(frame, disparity, 0.0 if near else 1.0, blur, transfer="linear", pixel_aspect=pixel_aspect)
    return LayeredRenderer(lens or Lens()).render(shot)[0]


def moments(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean place (x, y) and covariance (2, 2) of the light, in pixels."""
    y, x = np.indices(image.shape)
    weight = image / image.sum(dtype=np.float64)
    mean = np.array([(weight * x).sum(), (weight * y).sum()])
    offsets = np.stack([x - mean[0], y - mean[1]]).reshape(2, -1)
    return mean, (offsets * weight.reshape(-1)) @ offsets.T


def area_at_half_maximum(image: np.ndarray) -> float:
    """Area in pixels that is brighter than half the plateau, between pixels by bilinear interpolation."""
    import cv2

    # Not the maximum itself: ripples of a few percent on the plateau are no part of the radius.
    plateau = np.median(image[image > image.max() / 2])
    fine = cv2.resize(image, None, fx=8, fy=8, interpolation=cv2.INTER_LINEAR)
    return float((fine > plateau / 2).sum() / 64)
