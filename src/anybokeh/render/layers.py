"""Layers: the picture sorted by signed circle of confusion, front to back.

Around the focal plane layers are thin, away from it wide: uniform in log(1 + r). Discs up to `BASE_RADIUS`
are drawn at full size (level 0). Larger ones are drawn at 1/2, 1/4, ... of the size (level 1, 2, ...), one
level an octave of radius, so that a disc never spans more than `BASE_RADIUS` cells and cost does not grow
with the blur. A pixel is shared among the four cells around it, so nothing jumps when it moves.

Front to back, the groups of layers are: near levels from the highest to 1, level 0 with the focal plane in
its middle layer, far levels from 1 to the highest.
"""

from __future__ import annotations

import math

import numpy as np

from anybokeh.render.jit import kernel

BASE_RADIUS = 8.0
BASE_LAYERS_PER_UNIT = 6
BASE_HALF_LAYERS = int(BASE_LAYERS_PER_UNIT * math.log1p(BASE_RADIUS)) + 1
BASE_LAYERS = 2 * BASE_HALF_LAYERS - 1
FOCUS_LAYER = BASE_HALF_LAYERS - 1
LAYERS_PER_OCTAVE = 4


def highest_level(max_radius: float) -> int:
    """Number of reduced levels that a radius of `max_radius` pixels needs."""
    return max(0, math.ceil(math.log2(max(max_radius, 1e-6) / BASE_RADIUS)))


@kernel(inline="always")
def level_of(radius: float) -> int:
    """Level on which a disc of this radius is drawn."""
    level = 0
    radius = np.float32(radius)
    while radius > BASE_RADIUS:
        radius *= np.float32(0.5)
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
def octave_layer(radius: float) -> int:
    """Layer inside an octave, 0 at its lower end; `radius` in cells, between half of and `BASE_RADIUS`."""
    step = int(LAYERS_PER_OCTAVE * math.log2(radius * np.float32(2 / BASE_RADIUS)))
    return max(0, min(step, LAYERS_PER_OCTAVE - 1))


@kernel()
def squash(thread: int, threads: int, coc: np.ndarray, position: np.ndarray) -> None:
    """Write `squashed` of a whole picture, (height, width) float32, to `position`."""
    height, width = coc.shape
    for y in range(thread, height, threads):
        for x in range(width):
            position[y, x] = squashed(coc[y, x])
    return position
