"""Clipped spots of a picture, and what tells lamps from white surfaces: size, shape, and the dark around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.repair.maps import blurred, halved, highest, lowest, pixels, total

CLIPPED_FROM, CLIPPED = 0.94, 0.985
"""Code values from which a value may have been clipped by the camera, and surely was."""
LAMP_INPUTS = 22
MOST_SPOTS = 4000
"""Of a picture; the largest are looked at."""
_LUMA = 0.2126, 0.7152, 0.0722


@dataclass(frozen=True)
class Spots:
    """Connected clipped pixels.

    Attributes:
        shape: of the picture.
        y, x: (pixels,) where they are.
        of: (pixels,) int32, number of the spot that they belong to.
        inputs: (spots, LAMP_INPUTS) float32, what the network is told.
    """

    shape: tuple[int, ...]
    y: np.ndarray
    x: np.ndarray
    of: np.ndarray
    inputs: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """(height, width) int32, number of the spot or -1."""
        labels = np.full(self.shape, -1, np.int32)
        labels[self.y, self.x] = self.of
        return labels


def find_spots(frame: np.ndarray, scale: float) -> Spots | None:
    """The clipped spots of a picture, None if there is none.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        scale: pixels for one of a picture 512 wide.
    """
    channels = cv2.split(frame)
    bright = cv2.max(cv2.max(*channels[:2]), channels[2]) > CLIPPED
    y, x = pixels(bright)
    if not len(y):
        return None
    clipped = bright.view(np.uint8)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(clipped, connectivity=8)
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_SPOTS] + 1
    renumbered = np.full(count, -1, np.int32)
    renumbered[order] = np.arange(len(order))
    stats, centres = stats[order], centres[order]
    of = renumbered[np.asarray(labels, np.int32)[y, x]]
    if count - 1 > MOST_SPOTS:
        kept = of >= 0
        y, x, of = y[kept], x[kept], of[kept]
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float32)
    width, height = (stats[:, side].astype(np.float32) for side in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))

    def inside(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, values, len(area)).astype(np.float32) / area

    luma, colours = total(frame, _LUMA), frame[y, x]
    darkest = lowest(luma, round(2 * scale))
    # what may be clipped is no part of the surroundings, nor is its blurred edge
    free = (highest(clipped, 1) == 0).astype(np.float32)
    whole = cv2.sumElems(luma * free)[0] / max(cv2.sumElems(free)[0], 1)
    varies = cv2.meanStdDev(luma)[1].item()
    one = np.ones(len(area), np.float32)
    inputs = np.stack([
        np.log(area / scale**2), np.log(1 + np.sqrt(area / np.pi) / scale),
        area / (width * height), np.minimum(width, height) / np.maximum(width, height),
        *(inside(channel) for channel in colours.T),
        inside(darkest[y, x]), *_surroundings(luma, channels, free, centres, scale),
        one * whole, inside(colours.min(1)), one * varies, one * (scale - 1),
    ], 1)  # fmt: skip
    return Spots(luma.shape, y, x, of, inputs.astype(np.float32))


def _surroundings(
    luma: np.ndarray, channels: Sequence[np.ndarray], free: np.ndarray, centres: np.ndarray, scale: float
) -> list[np.ndarray]:
    """How bright it is around spots, how much that varies, and how much is clipped, in three distances.

    The last value is how much redder than blue the widest surroundings are.
    """
    seen = luma * free
    maps = halved([seen, luma * seen, channels[0] * free, channels[2] * free, free])
    j, i = (
        np.clip(centre / 2, 0, length - 1).astype(int)
        for centre, length in zip(centres.T, maps[0].shape[::-1], strict=True)
    )
    told, warmth = [], np.zeros(len(centres), np.float32)
    for radius in (4, 10, 28):
        side = 2 * max(1, round(radius * scale / 2)) + 1
        *sums, part = (blurred(one, side)[i, j] for one in maps)
        mean, square, red, blue = (one / (part + np.float32(1e-3)) for one in sums)
        told += [mean, np.sqrt(np.maximum(square - mean**2, 0)), 1 - part]
        warmth = red - blue
    return [*told, warmth]
