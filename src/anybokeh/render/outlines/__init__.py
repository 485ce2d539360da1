"""Outlines: pixels that mix two surfaces, and where the disparity map has an outline beside the picture's.

Disparity gives a pixel to one surface. At an outline a pixel holds both, and maps are often a pixel or two
off, soft, or smaller than the picture. For every pixel near an outline this package tells how much of it the
nearer surface covers, and the colour and circle of confusion of both, so that a lens can blur each by itself.

1. `cells.py`: where outlines are, and how far each pixel lies from them.
2. `displacement.py`: how far the picture's outline lies beside the map's, by the colours on both sides.
3. `coverage.py`: how much of each pixel the nearer surface covers, and both colours.
"""

from __future__ import annotations

import numpy as np

from anybokeh.render.outlines.cells import CELL, find_cells, find_sides
from anybokeh.render.outlines.coverage import Outlines, cover, four_of
from anybokeh.render.outlines.displacement import displacements, observe
from anybokeh.runtime.threads import Crew

__all__ = ["CELL", "Outlines", "find_outlines", "four_of"]


def find_outlines(crew: Crew, light: np.ndarray, coc: np.ndarray) -> Outlines:
    """Take the pixels near outlines apart.

    Args:
        crew: threads to work with.
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in rows of pixels.
    """
    cells = find_cells(crew, coc)
    if len(cells.places) == 0:
        return Outlines.allocate(cells)
    sides = find_sides(crew, coc, cells)
    observed = observe(crew, light, coc, cells, sides)
    return cover(crew, light, coc, cells, sides, observed, displacements(observed.scores))
