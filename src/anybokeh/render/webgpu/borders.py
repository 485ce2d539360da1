"""How far odd lines at a picture's border are mended, told by those lines and their neighbours alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from anybokeh.render.border import odd_shares

Lit = Callable[[tuple[slice | np.ndarray, slice | np.ndarray]], np.ndarray]
"""Linear light, (rows, columns, 3), of some rows and columns of a picture."""


def border_shares(light: Lit, height: int, width: int) -> tuple[float, float, float, float]:
    """How far the line next to it replaces the topmost, the lowest, the leftmost and the rightmost line."""
    top, bottom = odd_shares(light((_ends(height), slice(None))))
    sides = light((slice(None), _ends(width)))
    if height > 1:
        sides[0] += np.float32(top) * (sides[1] - sides[0])
        sides[-1] += np.float32(bottom) * (sides[-2] - sides[-1])
    left, right = odd_shares(sides.swapaxes(0, 1))
    return top, bottom, left, right


def _ends(length: int) -> slice | np.ndarray:
    """The first and the last three of so many lines."""
    return slice(None) if length <= 6 else np.array([0, 1, 2, -3, -2, -1])
