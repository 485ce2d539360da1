"""How much of each pixel near an outline the nearer surface covers, and what both look like there.

By the map alone a pixel is covered by its distance from the displaced outline. Its colour, beside the
colours a little farther in and a little farther out, says it better: the two are weighed by how far they are
to be trusted. What colour is left over is shared between the two surfaces, so that they always add up to the
pixel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.render.outlines.cells import CELL, DEEP, Cells, Sides
from anybokeh.render.outlines.displacement import Observed, group_of
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

BAND = 3.0
"""Pixels from the displaced outline within which colours decide."""
AWAY = 1.7
CLOSER = 1.2
"""Pixels from the outline at which the colours of both surfaces are looked up, and where that is off them."""
ALLOWANCE = 0.5
"""How much nearer to the outline than that a pixel may lie, as places are rounded to pixels."""
LOCAL = 0.7
"""What the colour found there counts beside the mean colour of the surface around."""
LOCAL_VARIANCE = 0.4
"""Variance of that colour, as a share of the surface's."""
MAP_ERROR = 0.2
MAP_ERROR_DEEP = 0.02
"""Standard deviation of coverage by the map alone, at the outline and far from it."""
DOUBT = 0.3
"""Colours that lie off the line between both surfaces by this share of its length squared tell nothing."""
NEGLIGIBLE = 0.005
"""Coverage nearer than this to 0 or 1 is that."""
SLOPE = 0.02
"""A soft outline ends where a pixel adds less than this share of the step."""
LARGEST_STEP = 0.55
"""Share of the step that a pixel of a soft outline adds at most; what adds more is another surface."""
_SLOPE_LENGTH = 8


class Outlines(NamedTuple):
    """Pixels near outlines, taken apart.

    Attributes:
        index: (rows, columns) int32, number of each cell of CELL x CELL pixels, -1 where no outline is near.
        share: (cells, CELL, CELL) float32, how much of a pixel the nearer surface covers, in [0, 1].
        near: (cells, CELL, CELL, 4) float32, linear RGB and signed circle of confusion of the nearer surface.
        far: (cells, CELL, CELL, 4) float32, the same of the farther one.
    """

    index: np.ndarray
    share: np.ndarray
    near: np.ndarray
    far: np.ndarray

    @classmethod
    def allocate(cls, cells: Cells) -> Outlines:
        """Room for the pixels of these cells."""
        shape = len(cells.places), CELL, CELL
        share, near, far = (np.zeros((*shape, *rest), np.float32) for rest in ((), (4,), (4,)))
        return cls(cells.index, share, near, far)


@kernel(inline="always")
def four_of(
    surface: np.ndarray, cell: int, i: int, j: int
) -> tuple[np.floating, np.floating, np.floating, np.floating]:
    """Linear RGB and circle of confusion of a pixel; no view, whose owners would have to be counted."""
    return surface[cell, i, j, 0], surface[cell, i, j, 1], surface[cell, i, j, 2], surface[cell, i, j, 3]


def cover(
    crew: Crew,
    light: np.ndarray,
    coc: np.ndarray,
    cells: Cells,
    sides: Sides,
    observed: Observed,
    shifts: np.ndarray,
) -> Outlines:
    """Take the pixels of each cell apart; `shifts` are `displacements`."""
    outlines = Outlines.allocate(cells)
    crew.run(_cover, light, coc, cells, sides, observed, shifts, outlines)
    return outlines


@kernel(fastmath={"contract", "nsz"})
def _cover(
    thread: int,
    threads: int,
    light: np.ndarray,
    coc: np.ndarray,
    cells: Cells,
    sides: Sides,
    observed: Observed,
    shifts: np.ndarray,
    outlines: Outlines,
) -> None:
    height, width = coc.shape
    none, one = np.float32(0), np.float32(1)
    colours = np.empty((2, 3), np.float32)
    variances = np.empty(2, np.float32)
    for k in range(thread, len(cells.places), threads):
        row, column = cells.places[k]
        surfaces, facing = observed.surfaces[k], observed.facing[k]
        known = surfaces[0, 5] > 0 and surfaces[1, 5] > 0
        for p in range(CELL * CELL):
            i, j = p // CELL, p % CELL
            y, x = row * CELL + i, column * CELL + j
            if y >= height or x >= width:
                continue
            near, far = outlines.near[k, i, j], outlines.far[k, i, j]
            for c in range(3):
                near[c] = far[c] = light[y, x, c]
            near[3] = far[3] = coc[y, x]
            distance, outwards = sides.distance[k, i, j], sides.outwards[k, i, j]
            if not known or (outwards[0] == 0 and outwards[1] == 0):
                outlines.share[k, i, j] = one if distance > 0 else none
                continue
            shift = shifts[k, group_of(outwards, facing)]
            if abs(distance + shift) > np.float32(BAND):
                share = one if distance + shift > 0 else none
            else:
                _surface_colours(light, coc, cells, sides, k, (i, j), surfaces, shift, colours, variances)
                share = _share(light[y, x], colours, variances, distance + shift)
            outlines.share[k, i, j] = share
            if 0 < share < 1:
                rest = one / (share * share + (one - share) * (one - share))
                for c in range(3):
                    left = (light[y, x, c] - share * colours[1, c] - (one - share) * colours[0, c]) * rest
                    near[c] = max(colours[1, c] + share * left, none)
                    far[c] = max(colours[0, c] + (one - share) * left, none)
            step = surfaces[1, 3] - surfaces[0, 3]
            across_y, across_x = y + sides.across[k, i, j, 0], x + sides.across[k, i, j, 1]
            if distance > 0:
                near[3] = _plateau(coc, y, x, -outwards[0], -outwards[1], one, step)
                far[3] = _plateau(coc, across_y, across_x, outwards[0], outwards[1], -one, step)
            else:
                far[3] = _plateau(coc, y, x, outwards[0], outwards[1], -one, step)
                near[3] = _plateau(coc, across_y, across_x, -outwards[0], -outwards[1], one, step)


@kernel(fastmath={"contract", "nsz"})
def _surface_colours(
    light: np.ndarray,
    coc: np.ndarray,
    cells: Cells,
    sides: Sides,
    k: int,
    at: tuple[int, int],
    surfaces: np.ndarray,
    shift: float,
    colours: np.ndarray,
    variances: np.ndarray,
) -> None:
    """Colours (2, 3) of the farther and the nearer surface beside a pixel, and their variances (2,)."""
    height, width = coc.shape
    i, j = at
    y, x = cells.places[k, 0] * CELL + i, cells.places[k, 1] * CELL + j
    outwards = sides.outwards[k, i, j]
    half = np.float32(0.5)
    distance = sides.distance[k, i, j] + shift
    for side in range(2):
        sign = np.float32(1) if side == 1 else np.float32(-1)
        variances[side] = surfaces[side, 4]
        for c in range(3):
            colours[side, c] = surfaces[side, c]
        found = False
        for attempt in range(2):
            away = np.float32(CLOSER) if attempt else np.float32(AWAY)
            m = int(np.floor(y + outwards[0] * (distance - sign * away) + half))
            n = int(np.floor(x + outwards[1] * (distance - sign * away) + half))
            inside = 0 <= m < height and 0 <= n < width and (m != y or n != x)
            if inside and sign * (_distance(coc, cells, sides, k, m, n) + shift) > away - np.float32(
                ALLOWANCE
            ):
                found = True
                variances[side] *= np.float32(LOCAL_VARIANCE)
                for c in range(3):
                    colours[side, c] += np.float32(LOCAL) * (light[m, n, c] - colours[side, c])
                break
        if not found and side == 1:
            # thin things: no pixel of it is better than the nearest
            own = sides.distance[k, i, j] > 0
            m = y if own else y + sides.across[k, i, j, 0]
            n = x if own else x + sides.across[k, i, j, 1]
            for c in range(3):
                colours[1, c] = light[m, n, c]


@kernel(inline="always")
def _distance(coc: np.ndarray, cells: Cells, sides: Sides, k: int, y: int, x: int) -> np.floating:
    """Pixels from the map's outline to a pixel anywhere, positive on the nearer surface of cell `k`."""
    n = cells.index[y // CELL, x // CELL]
    if n >= 0:
        return sides.distance[n, y % CELL, x % CELL]
    return np.float32(DEEP) if coc[y, x] > cells.middle[k] else np.float32(-DEEP)


@kernel(fastmath={"contract", "nsz"})
def _share(pixel: np.ndarray, colours: np.ndarray, variances: np.ndarray, distance: float) -> np.floating:
    """How much of a pixel of this colour the nearer surface covers, `distance` from the displaced outline."""
    none, one, half = np.float32(0), np.float32(1), np.float32(0.5)
    by_map = min(max(half + distance, none), one)
    error = np.float32(MAP_ERROR) * np.exp(-half * distance * distance) + np.float32(MAP_ERROR_DEEP)
    contrast = along = none
    for c in range(3):
        span = colours[1, c] - colours[0, c]
        contrast += span * span
        along += span * (pixel[c] - colours[0, c])
    if contrast == 0:
        return by_map
    by_colour = min(max(along / contrast, none), one)
    rest = none
    for c in range(3):
        rest += (pixel[c] - colours[0, c] - by_colour * (colours[1, c] - colours[0, c])) ** 2
    trust = max(none, one - rest / (np.float32(DOUBT) * contrast))
    variance = by_map * variances[1] + (one - by_map) * variances[0]
    for_map, for_colour = one / (error * error), trust * contrast / variance
    share = (for_map * by_map + trust * along / variance) / (for_map + for_colour)
    if share < np.float32(NEGLIGIBLE):
        return none
    return one if share > one - np.float32(NEGLIGIBLE) else share


@kernel(inline="always")
def _plateau(
    coc: np.ndarray, y: int, x: int, down: float, right: float, rise: float, step: float
) -> np.floating:
    """Circle of confusion where the slope of a soft outline ends, walked in a direction.

    Pixels that lie on no slope, with something nearer on one side and farther on the other, keep their own.
    """
    height, width = coc.shape
    value = coc[y, x]
    low = high = value
    for i in range(max(y - 1, 0), min(y + 2, height)):
        for j in range(max(x - 1, 0), min(x + 2, width)):
            low, high = min(low, coc[i, j]), max(high, coc[i, j])
    least = np.float32(SLOPE) * step
    if min(value - low, high - value) <= 2 * least:
        return value
    for walked in range(1, _SLOPE_LENGTH + 1):
        i = int(np.floor(np.float32(y) + walked * down + np.float32(0.5)))
        j = int(np.floor(np.float32(x) + walked * right + np.float32(0.5)))
        if not (0 <= i < height and 0 <= j < width):
            break
        gain = (coc[i, j] - value) * rise
        if gain <= 0 or gain > np.float32(LARGEST_STEP) * step:
            break
        value = coc[i, j]
        if gain <= least:
            break
    return value
