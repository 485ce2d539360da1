"""From what the network says to disparity and light; only pixels that change are touched."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.repair.config import RepairConfig

CLIPPED_FROM, CLIPPED = 0.94, 0.99
"""Code values from which a value may have been clipped by the camera, and surely was."""
SEEN = 5
"""Radius in pixels around which the network is told the farthest and the nearest disparity."""
WIDE = 10
"""Radius in pixels around which colours of either side of an outline are compared."""
LEAST = 0.1
"""Smaller changes, as a share of the step between near and far, are dropped; right pixels keep their bits."""
GUESS, SURE = 1.0, 2.0
"""Stops up to which a highlight is taken for a white surface, and from which it surely is a lamp."""


def repaired_disparity(
    given: np.ndarray, features: np.ndarray, config: RepairConfig, scale: float = 1.0
) -> np.ndarray:
    """Disparity with its edges moved; as `RepairNetwork.forward`.

    Args:
        given: (height, width) float32 in [0, 1].
        features: (4, height, width), of the network.
        config: of the network.
        scale: pixels of this picture for one pixel of that which the network saw.

    Returns:
        Of the same kind; where the network wants no change, bit for bit the same.
    """
    y, x = np.nonzero(np.abs(features[0]) > LEAST)
    far, near = extremes(given, (round(config.reach * scale),))[:, y, x]
    change = features[0][y, x]
    change = np.sign(change) * np.minimum((np.abs(change) - LEAST) / (1 - LEAST), 1)
    result = given.copy()
    result[y, x] = np.clip(given[y, x] + change * (near - far), far, near)
    return result


def extremes(given: np.ndarray, radii: tuple[int, ...]) -> np.ndarray:
    """Farthest and nearest disparity around each pixel, (2 * radii, height, width).

    Args:
        given: (height, width) float32.
        radii: of the square neighbourhoods in pixels.
    """
    levels = []
    for radius in radii:
        square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
        levels += [cv2.erode(given, square), cv2.dilate(given, square)]
    return np.stack(levels)


def highlight_gain(frame: np.ndarray, features: np.ndarray, config: RepairConfig) -> np.ndarray | None:
    """Gain on linear light where the camera clipped, (3, height, width) float32 >= 1; None if nowhere.

    Args:
        frame: (3, height, width) in [0, 1], as the camera encoded it.
        features, config: as in `repaired_disparity`.
    """
    where = np.nonzero(frame > CLIPPED_FROM)
    if not len(where[0]):
        return None
    clipped = np.clip((frame[where] - CLIPPED_FROM) / (CLIPPED - CLIPPED_FROM), 0, 1)
    stops = np.minimum(np.logaddexp(features[1:][where], np.float32(0)), config.most_stops)
    stops *= np.clip((stops - GUESS) / (SURE - GUESS), 0, 1)
    if not stops.any():
        return None
    gain = np.ones_like(frame)
    gain[where] = np.exp2(stops * clipped)
    return gain
