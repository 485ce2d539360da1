"""Odd lines at the picture's border.

Blur repeats the picture beyond its border. Encoders and scalers often leave one line there that is not like
the picture, too bright or dark; repeated, it would become a band as wide as the blur.
"""

from __future__ import annotations

from typing import Any

_NOT_ODD, _ODD = 2.0, 4.0
"""How many times farther from the next line than that is from the one after it."""
_NOISE = 1e-4


def mend_border(light: Any) -> None:
    """Replace odd outermost rows and columns by those next to them, in place.

    light: (height, width, 3), linear; array or tensor.
    """
    for rows in (light, light.swapaxes(0, 1)):
        for share, edge, second in zip(odd_shares(rows), (0, -1), (1, -2), strict=True):
            if share > 0:
                rows[edge] = (1 - share) * rows[edge] + share * rows[second]


def odd_shares(rows: Any) -> tuple[float, float]:
    """How far the first and the last of some rows are to be replaced, in [0, 1]; (rows, columns, 3)."""
    if len(rows) < 3:
        return 0.0, 0.0
    first = _odd_share(rows[0], rows[1], rows[2])
    # of three rows, the first may be the neighbour of the last one's neighbour
    beyond = (1 - first) * rows[0] + first * rows[1] if len(rows) == 3 else rows[-3]
    return first, _odd_share(rows[-1], rows[-2], beyond)


def _odd_share(edge: Any, second: Any, third: Any) -> float:
    apart = float(abs(edge - second).mean())
    usual = float(abs(second - third).mean()) + _NOISE
    return min(max((apart / usual - _NOT_ODD) / (_ODD - _NOT_ODD), 0.0), 1.0)
