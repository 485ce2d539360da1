"""Pixels at outlines: how much of the nearer surface a pixel of the farther one still holds.

A pixel at an outline mixes both surfaces, but disparity gives it to one of them. Where it went to the
farther one, the missing part of the nearer surface would leave a jagged outline, and its colour would smear
into the background. Both colours are read from the pixels on either side, and the mixture is undone.
"""

from __future__ import annotations

import numpy as np

from anybokeh.runtime.jit import kernel

LARGEST_COVERAGE = 0.6
"""Disparity puts a pixel on the surface that covers most of it; more than this is doubted."""
UNKNOWN_WEIGHT = 0.3
"""Weight in what is hidden of pixels of which it is not known how much of a nearer surface they hold."""
_STEP = 2.0
_SLOPE = 0.1
_LEAST_CONTRAST = 1e-4
_DOUBT = 0.3


@kernel(inline="always")
def nearer_neighbour(coc: np.ndarray, y: int, x: int) -> tuple[int, int]:
    """Offset (dy, dx) to the nearest of the eight neighbours if an outline lies between, else (0, 0)."""
    height, width = coc.shape
    own = coc[y, x]
    up, down, left, right = max(y - 1, 0), min(y + 1, height - 1), max(x - 1, 0), min(x + 1, width - 1)
    best = max(
        max(max(coc[up, left], coc[up, x]), max(coc[up, right], coc[y, left])),
        max(max(coc[y, right], coc[down, left]), max(coc[down, x], coc[down, right])),
    )
    if best - own <= np.float32(_STEP):
        return 0, 0
    dy, dx = 0, 0
    for i in range(up, down + 1):
        for j in range(left, right + 1):
            if coc[i, j] == best:
                dy, dx = i - y, j - x
    step = np.float32(_STEP) + np.float32(_SLOPE) * min(abs(own), abs(best))
    return (dy, dx) if best - own > step else (0, 0)


@kernel()
def nearer_coverage(
    light: np.ndarray,
    coc: np.ndarray,
    at: tuple[int, int],
    towards: tuple[int, int],
    beyond: int,
    near: np.ndarray,
    far: np.ndarray,
) -> tuple[np.floating, bool]:
    """How much of a pixel the surface at its neighbour covers.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion.
        at: row and column of the pixel.
        towards: offset to the neighbour, see `nearer_neighbour`.
        beyond: how many pixels on the other side of it the farther surface is looked at: 1, the likest, or 2,
            the least mixed.
        near: (3,) receives the colour of the nearer surface.
        far: (3,) receives the colour of the farther one, freed from the nearer.

    Returns:
        The share, in [0, LARGEST_COVERAGE], and whether it could be told: it cannot in gaps of one pixel.
    """
    y, x = at
    dy, dx = towards
    none, one = np.float32(0), np.float32(1)
    own, front = coc[y, x], coc[y + dy, x + dx]
    tolerance = np.float32(0.25) * (front - own)
    # One pixel farther in, if that is still the same surface: the first may be mixed too.
    i, j = y + dy, x + dx
    if _is_on(coc, y + 2 * dy, x + 2 * dx, front, tolerance):
        i, j = y + 2 * dy, x + 2 * dx
    for c in range(3):
        near[c] = light[i, j, c]
        far[c] = light[y, x, c]
    k, m = y - dy, x - dx
    if not _is_on(coc, k, m, own, tolerance):
        return none, False
    if beyond == 2 and _is_on(coc, y - 2 * dy, x - 2 * dx, own, tolerance):
        k, m = y - 2 * dy, x - 2 * dx
    along = contrast = rest = none
    for c in range(3):
        span = near[c] - light[k, m, c]
        along += (light[y, x, c] - light[k, m, c]) * span
        contrast += span * span
    if contrast < np.float32(_LEAST_CONTRAST):
        return none, True
    share = min(max(along / contrast, none), np.float32(LARGEST_COVERAGE))
    for c in range(3):
        mixed = light[k, m, c] + share * (near[c] - light[k, m, c])
        rest += (light[y, x, c] - mixed) ** 2
    share *= max(none, one - rest / (np.float32(_DOUBT) * contrast))
    for c in range(3):
        far[c] = max((light[y, x, c] - share * near[c]) / (one - share), none)
    return share, True


@kernel(inline="always")
def _is_on(coc: np.ndarray, y: int, x: int, surface: float, tolerance: float) -> bool:
    """Whether a place lies in the picture and on a surface of that circle of confusion."""
    return 0 <= y < coc.shape[0] and 0 <= x < coc.shape[1] and abs(coc[y, x] - surface) < tolerance
