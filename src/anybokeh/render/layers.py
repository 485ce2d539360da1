"""Layers: the picture sorted by signed circle of confusion, front to back.

Around the focal plane layers are thin, away from it wide: uniform in log(1 + r). Discs up to `BASE_RADIUS`
are drawn at full size (level 0). Larger ones are drawn at 1/2, 1/4, ... of the size (level 1, 2, ...), so
that a disc never spans more than `REDUCED_RADIUS` cells and cost does not grow with the blur. A pixel is
shared among the four cells around it, so nothing jumps when it moves.

Front to back, the groups of layers are: near levels from the highest to 1, level 0 with the focal plane in
its middle layer, far levels from 1 to the highest.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from anybokeh.runtime.jit import kernel

BASE_RADIUS = 8.0
BASE_LAYERS_PER_UNIT = 6
BASE_HALF_LAYERS = int(BASE_LAYERS_PER_UNIT * math.log1p(BASE_RADIUS)) + 1
BASE_LAYERS = 2 * BASE_HALF_LAYERS - 1
FOCUS_LAYER = BASE_HALF_LAYERS - 1
REDUCED_RADIUS = 16.0
"""Largest radius in cells on a reduced level; the least is half of `BASE_RADIUS`."""
LAYERS_PER_OCTAVE = 4
REDUCED_LAYERS = LAYERS_PER_OCTAVE * math.ceil(math.log2(2 * REDUCED_RADIUS / BASE_RADIUS))


class Pixels(NamedTuple):
    """What is seen of one frame.

    Attributes:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in rows of pixels.
        position: (height, width) float32, the same `squashed`.
    """

    light: np.ndarray
    coc: np.ndarray
    position: np.ndarray


def highest_level(max_radius: float) -> int:
    """Number of reduced levels that a radius of `max_radius` pixels needs."""
    return 0 if max_radius <= BASE_RADIUS else max(1, math.ceil(math.log2(max_radius / REDUCED_RADIUS)))


@kernel(inline="always")
def level_of(radius: float) -> int:
    """Level on which a disc of this radius is drawn."""
    if radius <= BASE_RADIUS:
        return 0
    level = 1
    cells = np.float32(radius) * np.float32(0.5)
    while cells > REDUCED_RADIUS:
        cells *= np.float32(0.5)
        level += 1
    return level


@kernel(inline="always")
def squashed(coc: float) -> float:
    """sign(coc) * log(1 + |coc|): the scale on which layers and thresholds are uniform."""
    return math.copysign(math.log1p(abs(coc)), coc)


@kernel(inline="always")
def base_layer(position: float) -> int:
    """Layer on level 0 of a squashed circle of confusion, 0 in front; `FOCUS_LAYER` holds the focal plane."""
    step = min(int(BASE_LAYERS_PER_UNIT * abs(position)), BASE_HALF_LAYERS - 1)
    return FOCUS_LAYER - step if position > 0 else FOCUS_LAYER + step


@kernel(inline="always")
def reduced_layer(radius: float) -> int:
    """Layer on a reduced level, 0 for the smallest discs; `radius` in cells."""
    step = int(LAYERS_PER_OCTAVE * math.log2(radius * np.float32(2 / BASE_RADIUS)))
    return max(0, min(step, REDUCED_LAYERS - 1))


@kernel()
def squash(thread: int, threads: int, coc: np.ndarray, position: np.ndarray) -> None:
    """Write `squashed` of a whole picture, (height, width) float32, to `position`."""
    height, width = coc.shape
    for y in range(thread, height, threads):
        for x in range(width):
            position[y, x] = squashed(coc[y, x])
