"""Clipped spots of a picture, and what tells lamps from white surfaces: size, shape, and the dark around."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.repair.evidence import halved, total

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
        labels: (height, width) int32, number of the spot or -1.
        inputs: (spots, LAMP_INPUTS) float32, what the network is told.
    """

    labels: np.ndarray
    inputs: np.ndarray


def find_spots(frame: np.ndarray, scale: float) -> Spots | None:
    """The clipped spots of a picture, None if there is none.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        scale: pixels for one of a picture 512 wide.
    """
    clipped = np.maximum.reduce(cv2.split(frame)) > CLIPPED
    if not clipped.any():
        return None
    count, labels, stats, centres = cv2.connectedComponentsWithStats(clipped.astype(np.uint8), connectivity=8)
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_SPOTS] + 1
    renumbered = np.full(count, -1, np.int32)
    renumbered[order] = np.arange(len(order))
    labels, stats, centres = renumbered[labels], stats[order], centres[order]
    y, x = np.nonzero(labels >= 0)
    of = labels[y, x]
    area = stats[:, cv2.CC_STAT_AREA].astype(np.float32)
    width, height = (stats[:, side].astype(np.float32) for side in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))

    def inside(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, values[y, x], len(area)).astype(np.float32) / area

    # what may be clipped is no part of the surroundings, nor is its blurred edge
    free = (cv2.dilate(clipped.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0).astype(np.float32)
    luma = total(frame, _LUMA)
    planes = np.dstack([luma * free, luma**2 * free, frame * free[..., None], free])
    planes = halved(planes)
    i = np.clip(centres[:, 1] / 2, 0, planes.shape[0] - 1).astype(int)
    j = np.clip(centres[:, 0] / 2, 0, planes.shape[1] - 1).astype(int)
    around = []
    spread = np.sqrt(area / np.pi) / scale
    sizes = [max(1, round(radius * scale / 2)) for radius in (4, 10, 28)]
    for size in sizes:
        means = cv2.blur(planes, (2 * size + 1, 2 * size + 1))[i, j]
        sums = means[:, :5] / (means[:, 5:] + 1e-3)
        around += [sums[:, 0], np.sqrt(np.maximum(sums[:, 1] - sums[:, 0] ** 2, 0)), 1 - means[:, 5]]
    darkest = cv2.erode(luma, np.ones((2 * round(2 * scale) + 1,) * 2, np.uint8))
    whole = float((luma * free).sum() / max(free.sum(), 1))
    one = np.ones(len(area), np.float32)
    inputs = np.stack([
        np.log(area / scale**2), np.log(1 + spread),
        area / (width * height), np.minimum(width, height) / np.maximum(width, height),
        *(inside(frame[..., channel]) for channel in range(3)),
        inside(darkest), *around, sums[:, 2] - sums[:, 4],
        one * whole, inside(np.minimum.reduce(cv2.split(frame))), one * float(luma.std()), one * (scale - 1),
    ], 1)  # fmt: skip
    return Spots(labels, inputs.astype(np.float32))
