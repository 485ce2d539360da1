"""Kernels as the shaders read them: as pictures, each cut to what it touches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.render.kernels import Kernels
from anybokeh.render.layers import (
    BASE_HALF_LAYERS,
    BASE_LAYERS,
    BASE_LAYERS_PER_UNIT,
    BASE_RADIUS,
    FOCUS_LAYER,
    LAYERS_PER_OCTAVE,
    REDUCED_LAYERS,
)

_NEGLIGIBLE = 1e-7
_AT_ONCE = 1 << 22
"""Numbers of the pictures that are drawn at once."""
MOST_LAYERS = BASE_LAYERS


class KernelTable(NamedTuple):
    """All kernels of one `Kernels`.

    Attributes:
        weights: (weights,) float32, pictures row by row, one after the other.
        boxes: (kernels, 4) int32: where a picture begins, its first column and row relative to the sample,
            and its width + 65536 * height.
        reaches: (MOST_LAYERS + 1, 4) uint32: columns and rows that the kernels of each layer reach; the last
            holds the largest of all. Of reduced levels, those behind the focal plane.
    """

    weights: np.ndarray
    boxes: np.ndarray
    reaches: np.ndarray

    @property
    def near_reaches(self) -> np.ndarray:
        """`reaches` of reduced levels before the focal plane, whose layers come the other way around."""
        return np.concatenate([self.reaches[:REDUCED_LAYERS][::-1], self.reaches[REDUCED_LAYERS:]])


def kernel_table(kernels: Kernels, *, reduced: bool) -> KernelTable:
    """The kernels of level 0 or of reduced levels as pictures.

    Args:
        reduced: whether radii are in cells of a reduced level, whose layers are others.
    """
    weights: list[np.ndarray] = []
    boxes = np.zeros((len(kernels.reaches), 4), np.int32)
    begin = 0
    shape = 2 * kernels.reach + 1, 2 * kernels.side + 3
    step = max(1, _AT_ONCE // (shape[0] * shape[1]))
    for first in range(0, len(boxes), step):
        pictures = _pictures(kernels, first, min(first + step, len(boxes)), shape)
        touched = np.abs(pictures) > _NEGLIGIBLE
        rows, columns = np.any(touched, axis=2), np.any(touched, axis=1)
        top, left = rows.argmax(1), columns.argmax(1)
        bottom = shape[0] - rows[:, ::-1].argmax(1)
        right = pictures.shape[2] - columns[:, ::-1].argmax(1)
        for number, picture in enumerate(pictures):
            part = picture[top[number] : bottom[number], left[number] : right[number]]
            size = part.shape[1] | part.shape[0] << 16
            boxes[first + number] = begin, left[number] - kernels.side, top[number] - kernels.reach, size
            weights.append(part.ravel())
            begin += part.size
    return KernelTable(np.concatenate(weights), boxes, _reaches(kernels, boxes, reduced))


def _pictures(kernels: Kernels, first: int, last: int, shape: tuple[int, int]) -> np.ndarray:
    """Pictures of some kernels, (kernels, 2 * reach + 1, 2 * side + 1) float32."""
    rows = kernels.rows[first:last]
    counts = np.diff(rows, axis=1).ravel()
    line = np.repeat(np.arange(len(counts)), counts)
    starts = np.repeat(rows[:, :-1].ravel() - (counts.cumsum() - counts), counts)
    pairs = starts + np.arange(len(line))
    at = line * shape[1] + kernels.offsets[pairs] + kernels.side
    size = len(counts) * shape[1]
    differences = np.bincount(at, kernels.weights[pairs, 0], size)
    differences += np.bincount(at + 1, kernels.weights[pairs, 1], size)
    return differences.reshape(len(rows), *shape).cumsum(2)[:, :, :-2].astype(np.float32)


def _reaches(kernels: Kernels, boxes: np.ndarray, reduced: bool) -> np.ndarray:
    extent = np.empty((len(boxes), 2), np.int64)
    for axis, size in enumerate((boxes[:, 3] & 0xFFFF, boxes[:, 3] >> 16)):
        first = boxes[:, 1 + axis]
        extent[:, axis] = np.maximum(-first, first + size - 1)
    if kernels.turned:
        half = len(extent) // 2
        extent = np.maximum(extent[:half], extent[half:][::-1])
    # the largest over the fields, for each radius
    extent = extent.reshape(-1, kernels.bins, 2).max(0)
    reaches = np.zeros((MOST_LAYERS + 1, 4), np.uint32)
    steps = REDUCED_LAYERS if reduced else BASE_HALF_LAYERS
    for step in range(steps):
        low, high = _radii(step, reduced)
        # one more on either side: radii are rounded
        first = max(0, int(low * kernels.steps) - 1)
        last = kernels.bins if step == steps - 1 else int(high * kernels.steps) + 3
        reach = extent[first:last].max(0)
        for layer in (step,) if reduced else (FOCUS_LAYER - step, FOCUS_LAYER + step):
            reaches[layer, :2] = reach
    reaches[MOST_LAYERS, :2] = extent.max(0)
    return reaches


def _radii(step: int, reduced: bool) -> tuple[float, float]:
    """Least and largest radius of a layer that many steps from the smallest discs."""
    if reduced:
        least, largest = (BASE_RADIUS / 2 * 2 ** (s / LAYERS_PER_OCTAVE) for s in (step, step + 1))
        return 0.0 if step == 0 else least, largest
    least, largest = (float(np.expm1(s / BASE_LAYERS_PER_UNIT)) for s in (step, step + 1))
    return least, largest
