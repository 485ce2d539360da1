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
        if len(rows) < 3:
            continue
        for edge, second, third in ((0, 1, 2), (-1, -2, -3)):
            apart = float(abs(rows[edge] - rows[second]).mean())
            usual = float(abs(rows[second] - rows[third]).mean()) + _NOISE
            share = min(max((apart / usual - _NOT_ODD) / (_ODD - _NOT_ODD), 0.0), 1.0)
            if share > 0:
                rows[edge] = (1 - share) * rows[edge] + share * rows[second]
