"""Which bands are seen about each node: where it is worth to look for what is hidden."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.hidden.bands import BANDS, home
from anybokeh.hidden.motion import NODE, node_grid
from anybokeh.runtime.jit import kernel

_NEARBY = 3
"""Nodes from where a band is seen over which blur may reveal more of it."""
_SLACK = 1
"""Nodes from where a band is seen over which pixels between nodes may lead."""


def presence(disparity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each node a bit for each band that is seen about there: as far as blur reaches, and close by.

    Both (rows, columns) int64; `disparity` is that of a small view.
    """
    rows, columns = node_grid(*disparity.shape)
    present = np.zeros((BANDS, rows, columns), np.uint8)
    _mark(disparity, present)
    return _bits(present, _NEARBY), _bits(present, _SLACK)


def seen_there(nearby: np.ndarray, close: np.ndarray, path: np.ndarray) -> np.ndarray:
    """(rows, columns) int64: the bands that are near, and that the other frame shows where their paths lead.

    Args:
        nearby: bits of this frame, see `presence`.
        close: bits of the other one.
        path: (bands, rows, columns, 4) to it, see `settling.settled`.
    """
    result = np.zeros_like(nearby)
    _look(nearby, close, path, result)
    return result


def _bits(present: np.ndarray, nodes: int) -> np.ndarray:
    square = np.ones((2 * nodes + 1, 2 * nodes + 1), np.uint8)
    result = np.zeros(present.shape[1:], np.int64)
    for band, one in enumerate(present):
        result |= cv2.dilate(one, square).astype(np.int64) << band
    return result


@kernel()
def _mark(disparity: np.ndarray, present: np.ndarray) -> None:
    height, width = disparity.shape
    for y in range(height):
        for x in range(width):
            present[home(disparity[y, x]), y // NODE, x // NODE] = 1


@kernel()
def _look(nearby: np.ndarray, close: np.ndarray, path: np.ndarray, result: np.ndarray) -> None:
    rows, columns = nearby.shape
    for i in range(rows):
        for j in range(columns):
            for band in range(path.shape[0]):
                if not (nearby[i, j] >> band) & 1 or path[band, i, j, 2] <= 0:
                    continue
                row = int(np.floor(i + 0.5 + path[band, i, j, 1] / NODE))
                column = int(np.floor(j + 0.5 + path[band, i, j, 0] / NODE))
                if 0 <= row < rows and 0 <= column < columns and (close[row, column] >> band) & 1:
                    result[i, j] |= np.int64(1) << band
