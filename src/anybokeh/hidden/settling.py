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


def settled(path: np.ndarray, back: np.ndarray, agreement: np.ndarray) -> np.ndarray:
    """A path that leads to places from which the way back leads here.

    The way back begins where a surface is seen, and so it is the surer one.

    Args:
        path: (bands, rows, columns, 3) to the other frame.
        back: (bands, rows, columns, 3) from there.
        agreement: (bands, rows, columns, 3) of the way back, see `paths.refined`.

    Returns:
        (bands, rows, columns, 4) float32: columns and rows of a small view, trust in [0, 1], and what brings
        disparity there in line with disparity here.
    """
    result = np.zeros((*path.shape[:3], 4), np.float32)
    _settle(path, back, agreement, result)
    return result


@kernel()
def _settle(path: np.ndarray, back: np.ndarray, agreement: np.ndarray, result: np.ndarray) -> None:
    bands, rows, columns, _ = path.shape
    for band in range(bands):
        for i in range(rows):
            for j in range(columns):
                y, x = (i + 0.5) * NODE - 0.5, (j + 0.5) * NODE - 0.5
                dx, dy = path[band, i, j, 0], path[band, i, j, 1]
                off = 0.0
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
