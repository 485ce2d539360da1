"""What the glass itself leaves in a disc: rings of polishing, and dust."""

from __future__ import annotations

import numpy as np

_RINGS = 4
_RING_DEPTH = 0.5
"""Share by which full rings brighten and darken the disc."""
_SPECKS = 14
_SPECK_RADIUS = (0.04, 0.13)
_SPECK_DEPTH = (0.3, 1.0)
_SEED = 5


def transmission(x: np.ndarray, y: np.ndarray, onion: float, dust: float) -> np.ndarray:
    """How much light passes the aperture where; the mean is left to whoever draws it.

    Args:
        x, y: place in the aperture in radii, of shapes that go together.
        onion: depth of the rings, 0 to 1.
        dust: how dark the specks are, 0 to 1; they lie at the same places of every lens.

    Returns:
        Of their common shape, 0 to 1.5.
    """
    light = 1 + _RING_DEPTH * onion * np.cos(2 * np.pi * _RINGS * np.hypot(x, y))
    if dust:
        rng = np.random.default_rng(_SEED)
        for _ in range(_SPECKS):
            distance, angle = np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
            radius, depth = rng.uniform(*_SPECK_RADIUS), rng.uniform(*_SPECK_DEPTH)
            off = (x - distance * np.cos(angle)) ** 2 + (y - distance * np.sin(angle)) ** 2
            light = light * (1 - dust * depth * np.exp(-off / radius**2))
    return light
