"""Making paths from a frame and back to it agree, and saying how far to trust them."""

from __future__ import annotations

import numpy as np

from anybokeh.hidden.motion import NODE, at_nodes
from anybokeh.runtime.jit import kernel

_TURNS = 4
_FAR = 6.0
"""Pixels of a small view by which the ways there and back may miss at first."""
_MISS = 0.3
"""And in the end."""
_SURE = 0.25, 0.6
"""Share of colours that agree from which a path counts, and from which it counts fully."""
_FEWEST = 0.5
"""Pixels that have to say so."""


def settled(path: np.ndarray, back: np.ndarray, agreement: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """A path that leads to places from which the way back leads here.

    The way back begins where a surface is seen, and so it is the surer one.

    Args:
        path: (bands, rows, columns, 3) to the other frame.
        back: (bands, rows, columns, 3) from there.
        agreement: (bands, rows, columns, 3) of the way back, see `paths.refined`.
        bands: (rows, columns) int64, for each node a bit for each band that is looked for about there.

    Returns:
        (bands, rows, columns, 4) float32: columns and rows of a small view, trust in [0, 1], and what brings
        disparity there in line with disparity here; 0 where nothing is looked for.
    """
    result = np.zeros((*path.shape[:3], 4), np.float32)
    _settle(path, back, agreement, bands, result)
    return result


@kernel()
def _settle(
    path: np.ndarray, back: np.ndarray, agreement: np.ndarray, wanted: np.ndarray, result: np.ndarray
) -> None:
    bands, rows, columns, _ = path.shape
    half = np.float32(0.5)
    for i in range(rows):
        y = (np.float32(i) + half) * np.float32(NODE) - half
        for j in range(columns):
            x = (np.float32(j) + half) * np.float32(NODE) - half
            around = np.int64(0)
            # paths are read between nodes
            for row in range(max(i - 1, 0), min(i + 2, rows)):
                for column in range(max(j - 1, 0), min(j + 2, columns)):
                    around |= wanted[row, column]
            for band in range(bands):
                if not (around >> band) & 1:
                    continue
                dx, dy = path[band, i, j, 0], path[band, i, j, 1]
                off = np.float32(0)
                for _ in range(_TURNS):
                    back_x, back_y, _ = at_nodes(back, band, y + dy, x + dx)
                    miss_x, miss_y = dx + back_x, dy + back_y
                    off = miss_x * miss_x + miss_y * miss_y
                    if off > _FAR * _FAR:
                        break
                    dx -= miss_x
                    dy -= miss_y
                share, said, deeper = at_nodes(agreement, band, y + dy, x + dx)
                trust = min(max((share - _SURE[0]) / (_SURE[1] - _SURE[0]), 0.0), 1.0)
                if said < _FEWEST or off > _MISS * _MISS:
                    trust = 0.0
                result[band, i, j, 0] = dx
                result[band, i, j, 1] = dy
                result[band, i, j, 2] = trust
                result[band, i, j, 3] = deeper
