"""How colours lie across whole stretches of an outline, which shows how far the outline is misplaced."""

from __future__ import annotations

import numpy as np

from anybokeh.repair.map_filters import blurred, halving
from anybokeh.runtime.jit import kernel

BANDS = (-7, -3.5, -2.5, -1.5, 0, 1.5, 2.5, 3.5, 7)
"""Borders of bands along an outline, by distance from it, negative on its farther side."""
_BANDS = len(BANDS) - 1
PROFILES = 3
"""Neighbourhoods in which the colours of these bands are compared: close, wide, and the whole picture."""
PROFILE_INPUTS = 2 * PROFILES * _BANDS
_RADII = 8, 24
_FEW = np.float32(2e-3)


def gather_profiles(
    distance: np.ndarray,
    outlines: np.ndarray,
    values: tuple[np.ndarray, np.ndarray],
    y: np.ndarray,
    x: np.ndarray,
    inputs: np.ndarray,
    first: int,
) -> None:
    """Fill in PROFILE_INPUTS: means of values in each band along the outlines around pixels.

    For each of the values and each band that is in a close neighbourhood, in a wide one, and in the picture.

    Args:
        distance: (height, width) pixels to the outline, negative on its farther side.
        outlines: (height, width) bool, what is near outlines.
        values: (height, width) each.
        y, x: (pixels,) where they are.
        inputs: (pixels, any) float32, to be filled from column `first` on.
    """
    height, width = distance.shape
    half = -(-height // 2), -(-width // 2)
    sums = np.empty((*half, 3 * _BANDS), np.float32)
    bands, all_sums = np.array(BANDS, np.float32), np.zeros(3 * _BANDS)
    _sum(distance, outlines, *values, bands, *halving(height), *halving(width), sums, all_sums)
    # in pixels of the picture
    all_sums *= height / half[0] * width / half[1]
    *whole, count = all_sums.reshape(3, _BANDS)
    inputs[:, first + 2 : first + PROFILE_INPUTS : PROFILES] = np.concatenate(whole / (count + 1))
    close, wide = (blurred(sums, radius // 2 * 2 + 1) for radius in _RADII)
    _sample(close, y, x, inputs, first)
    _sample(wide, y, x, inputs, first + 1)


@kernel()
def _sum(
    distance: np.ndarray,
    outlines: np.ndarray,
    one: np.ndarray,
    other: np.ndarray,
    bands: np.ndarray,
    rows: np.ndarray,
    row_weights: np.ndarray,
    columns: np.ndarray,
    column_weights: np.ndarray,
    sums: np.ndarray,
    all_sums: np.ndarray,
) -> None:
    """Sums at half the size: of the first value for each band, of the second, and how much is in the band."""
    height, width = distance.shape
    count = len(bands) - 1
    for i in range(sums.shape[0]):
        for j in range(sums.shape[1]):
            sums[i, j] = 0
            for down in range(row_weights.shape[1]):
                y = min(rows[i] + down, height - 1)
                for across in range(column_weights.shape[1]):
                    x = min(columns[j] + across, width - 1)
                    if not outlines[y, x]:
                        continue
                    band = -1
                    for border in range(count + 1):
                        band += distance[y, x] > bands[border]
                    if band < 0 or band == count:
                        continue
                    weight = row_weights[i, down] * column_weights[j, across]
                    sums[i, j, band] += weight * one[y, x]
                    sums[i, j, count + band] += weight * other[y, x]
                    sums[i, j, 2 * count + band] += weight
            for number in range(3 * count):
                all_sums[number] += sums[i, j, number]


@kernel()
def _sample(means: np.ndarray, y: np.ndarray, x: np.ndarray, inputs: np.ndarray, first: int) -> None:
    """Means at pixels, from between the pixels of a map of half the size."""
    height, width, _ = means.shape
    found = np.empty(2 * _BANDS, np.float32)
    for index in range(len(y)):
        down = max(np.float32(y[index]) / 2 - np.float32(0.25), np.float32(0))
        across = max(np.float32(x[index]) / 2 - np.float32(0.25), np.float32(0))
        i, j = int(down), int(across)
        down, across = np.float32(down - i), np.float32(across - j)
        found[:] = 0
        for corner in range(4):
            weight = (down if corner // 2 else 1 - down) * (across if corner % 2 else 1 - across)
            there = means[min(i + corner // 2, height - 1), min(j + corner % 2, width - 1)]
            for band in range(_BANDS):
                share = np.float32(weight) / (there[2 * _BANDS + band] + _FEW)
                found[band] += there[band] * share
                found[_BANDS + band] += there[_BANDS + band] * share
        for number in range(2 * _BANDS):
            inputs[index, first + PROFILES * number] = found[number]
