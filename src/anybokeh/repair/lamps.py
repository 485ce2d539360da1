"""Clipped spots of a picture, and what tells lamps from white surfaces: size, shape, and the dark around."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.repair.components import components
from anybokeh.repair.map_filters import Halving, halving, highest, lowest, pixels, total
from anybokeh.runtime.jit import kernel

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
        inputs: (spots, LAMP_INPUTS) float32, inputs of the network.
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
    bright = np.empty(frame.shape[:2], np.bool_)
    _clipped(frame, np.float32(CLIPPED), bright)
    y, x = pixels(bright)
    if not len(y):
        return None
    clipped = bright.view(np.uint8)
    found = components(y, x, bright.shape)
    order = np.argsort(-found.area, kind="stable")[:MOST_SPOTS]
    renumbered = np.full(len(found.area), -1, np.int32)
    renumbered[order] = np.arange(len(order))
    of = renumbered[found.of]
    if len(found.area) > MOST_SPOTS:
        kept = of >= 0
        y, x, of = y[kept], x[kept], of[kept]
    area = found.area[order].astype(np.float32)
    height, width = found.extent[order].astype(np.float32).T

    def inside(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, values, len(area)).astype(np.float32) / area

    luma, colours = total(frame, _LUMA), frame[y, x]
    darkest = lowest(luma, round(2 * scale))
    around, whole = _surroundings(frame, luma, highest(clipped, 1), found.centre[order, ::-1], scale)
    varies = cv2.meanStdDev(luma)[1].item()
    one = np.ones(len(area), np.float32)
    inputs = np.stack([
        np.log(area / scale**2), np.log(1 + np.sqrt(area / np.pi) / scale),
        area / (width * height), np.minimum(width, height) / np.maximum(width, height),
        *(inside(channel) for channel in colours.T),
        inside(darkest[y, x]), *around,
        one * whole, inside(colours.min(1)), one * varies, one * (scale - 1),
    ], 1)  # fmt: skip
    return Spots(luma.shape, y, x, of, inputs.astype(np.float32))


def _surroundings(
    frame: np.ndarray, luma: np.ndarray, clipped: np.ndarray, centres: np.ndarray, scale: float
) -> tuple[list[np.ndarray], float]:
    """How bright it is around spots, how much that varies, and how much is clipped, in three distances.

    What may be clipped is no part of the surroundings, nor is its blurred edge.

    Returns:
        These and how much redder than blue it is in the farthest, (spots,) each; how bright the picture is.
    """
    height, width = luma.shape
    sums = np.empty((-(-height // 2), -(-width // 2), 5), np.float32)
    bright, part = _sum(frame, luma, clipped, halving(luma.shape), sums)
    whole = bright / max(part, 1)
    reaches = [max(1, round(radius * scale / 2)) for radius in (4, 10, 28)]
    border = reaches[-1]
    # sums of squares are differences of four
    table = cv2.integral(cv2.copyMakeBorder(sums, border, border, border, border, cv2.BORDER_REFLECT_101))
    x, y = (
        np.clip(centre / 2, 0, length - 1).astype(int) + border
        for centre, length in zip(centres.T, sums.shape[1::-1], strict=True)
    )
    statistics, warmth = [], np.zeros(len(centres), np.float32)
    for reach in reaches:
        (top, bottom), (left, right) = ((place - reach, place + reach + 1) for place in (y, x))
        square = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
        *means, part = (square / (2 * reach + 1) ** 2).astype(np.float32).T
        mean, squares, red, blue = (one / (part + np.float32(1e-3)) for one in means)
        statistics += [mean, np.sqrt(np.maximum(squares - mean**2, 0)), 1 - part]
        warmth = red - blue
    return [*statistics, warmth], whole


@kernel()
def _clipped(frame: np.ndarray, limit: float, clipped: np.ndarray) -> None:
    for y in range(frame.shape[0]):
        for x in range(frame.shape[1]):
            clipped[y, x] = max(max(frame[y, x, 0], frame[y, x, 1]), frame[y, x, 2]) > limit


@kernel()
def _sum(
    frame: np.ndarray, luma: np.ndarray, clipped: np.ndarray, halves: Halving, sums: np.ndarray
) -> tuple[float, float]:
    """Luma, its square, red, blue, and how much is not clipped, at half the size.

    Returns:
        The first and the last of these summed up.
    """
    rows, row_weights, columns, column_weights = halves
    height, width = luma.shape
    all_bright = all_part = 0.0
    for i in range(sums.shape[0]):
        for j in range(sums.shape[1]):
            bright = squares = red = blue = part = np.float32(0)
            for down in range(row_weights.shape[1]):
                y = min(rows[i] + down, height - 1)
                for across in range(column_weights.shape[1]):
                    x = min(columns[j] + across, width - 1)
                    if clipped[y, x]:
                        continue
                    weight = row_weights[i, down] * column_weights[j, across]
                    bright += weight * luma[y, x]
                    squares += weight * luma[y, x] * luma[y, x]
                    red += weight * frame[y, x, 0]
                    blue += weight * frame[y, x, 2]
                    part += weight
            sums[i, j, 0], sums[i, j, 1], sums[i, j, 2] = bright, squares, red
            sums[i, j, 3], sums[i, j, 4] = blue, part
            all_bright += bright
            all_part += part
    return float(all_bright), float(all_part)
