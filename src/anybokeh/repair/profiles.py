"""How colours of whole stretches lie across their outline, which tells by how much it is beside."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from anybokeh.repair.maps import blurred, halved

BANDS = (-7, -3.5, -2.5, -1.5, 0, 1.5, 2.5, 3.5, 7)
"""Borders of bands along an outline, by distance from it, negative on its farther side."""
PROFILES = 3
"""Neighbourhoods in which the colours of these bands are compared: close, wide, and the whole picture."""
PROFILE_INPUTS = 2 * PROFILES * (len(BANDS) - 1)
_RADII = 8, 24


def profiles(
    distance: np.ndarray,
    outlines: np.ndarray,
    values: tuple[np.ndarray, ...],
    y: np.ndarray,
    x: np.ndarray,
) -> list[np.ndarray]:
    """Mean of values in each band along the outlines around pixels, (pixels,) each.

    Args:
        distance: (height, width) pixels to the outline, negative on its farther side.
        outlines: (height, width) 1 near outlines, else 0.
        values: (height, width) each.
        y, x: (pixels,) where they are.

    Returns:
        For each of the values, for each band: in a close neighbourhood, in a wide one, in the picture.
    """
    found: list[list[np.ndarray]] = [[] for _ in values]
    places = _between(y, x)
    for low, high in pairwise(BANDS):
        band = outlines * ((distance > low) & (distance <= high))
        maps = [*(band * one for one in values), band]
        small = halved(maps)
        for radius in _RADII:
            *means, count = (blurred(one, radius // 2 * 2 + 1) for one in small)
            share = 1 / (count + np.float32(2e-3))
            for mean, profile in zip(means, found, strict=True):
                profile.append(_sampled(mean * share, places, len(y)))
        *sums, size = (cv2.sumElems(one)[0] for one in maps)
        for value, profile in zip(sums, found, strict=True):
            profile.append(np.full(len(y), value / (size + 1), np.float32))
    return [one for profile in found for one in profile]


def _between(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels are in a map of half the size, in lines of 1024."""
    lines = max(1, -(-len(y) // 1024))
    places = (np.maximum(place.astype(np.float32) / 2 - 0.25, 0) for place in (y, x))
    down, across = (np.pad(one, (0, 1024 * lines - len(one))).reshape(lines, 1024) for one in places)
    return down, across


def _sampled(small: np.ndarray, places: tuple[np.ndarray, np.ndarray], count: int) -> np.ndarray:
    """Values of a map of half the size at pixels, between its own."""
    down, across = places
    return cv2.remap(small, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).ravel()[:count]
