"""Readable twins of the fast kernels: whole maps at once, as OpenCV halves, blurs and enlarges them."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np


def halved(one: np.ndarray) -> np.ndarray:
    size = -(-one.shape[1] // 2), -(-one.shape[0] // 2)
    return cv2.resize(one, size, interpolation=cv2.INTER_AREA)


def surfaces(
    frame: np.ndarray, near: np.ndarray, far: np.ndarray, radius: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds by colour, distance of the mean colours, and shares that are near and far."""
    height, width = near.shape
    side = radius // 2 * 2 + 1
    found = []
    for weight in (near, far):
        maps = [*(frame * weight[..., None]).transpose(2, 0, 1), (frame**2).sum(2) * weight, weight]
        maps = [cv2.blur(halved(np.ascontiguousarray(one)), (side, side)) for one in maps]
        maps = [cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR) for one in maps]
        mean = np.dstack(maps[:3]) / (maps[4][..., None] + 1e-4)
        spread = np.maximum(maps[3] / (maps[4] + 1e-4) - (mean**2).sum(2), 0) / 3 + 0.0012
        likely = -((frame - mean) ** 2).sum(2) / (2 * spread) - 1.5 * np.log(spread)
        found.append((mean, likely, maps[4]))
    (near_mean, near_likely, near_count), (far_mean, far_likely, far_count) = found
    known = np.minimum(np.minimum(near_count, far_count) * 30, 1)
    odds = np.clip((near_likely - far_likely) / 2, -4, 4) * known
    return odds, np.sqrt(((near_mean - far_mean) ** 2).sum(2)), near_count, far_count


def profiles(
    distance: np.ndarray,
    outlines: np.ndarray,
    values: tuple[np.ndarray, ...],
    bands: tuple[float, ...],
    y: np.ndarray,
    x: np.ndarray,
) -> np.ndarray:
    """Means of values in bands along outlines, (values, bands, neighbourhoods, pixels)."""
    places = [np.maximum(one.astype(np.float32) / 2 - 0.25, 0)[None] for one in (x, y)]
    means = []
    for value in values:
        for low, high in pairwise(bands):
            band = (outlines & (distance > low) & (distance <= high)).astype(np.float32)
            for side in (9, 25):
                mean, count = (cv2.blur(halved(one), (side, side)) for one in (value * band, band))
                share = mean / (count + np.float32(2e-3))
                means.append(cv2.remap(share, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0])
            means.append(np.full(len(y), (value * band).sum() / (band.sum() + 1)))
    return np.reshape(means, (len(values), len(bands) - 1, 3, len(y)))


def relief(frame: np.ndarray) -> np.ndarray:
    """Changes of colour to the right and down."""
    right = np.abs(np.diff(frame, axis=1, append=frame[:, -1:])).sum(2)
    return right + np.abs(np.diff(frame, axis=0, append=frame[-1:])).sum(2)


def surroundings(
    frame: np.ndarray, luma: np.ndarray, clipped: np.ndarray, centres: np.ndarray, sides: tuple[int, ...]
) -> list[np.ndarray]:
    """Of spots: mean and deviation of luma around, and what is clipped, by side; last red without blue."""
    free = 1 - clipped.astype(np.float32)
    maps = [halved(one) for one in (luma * free, luma**2 * free, *cv2.split(frame * free[..., None]), free)]
    y, x = (np.clip(centres[:, 1 - n] / 2, 0, maps[0].shape[n] - 1).astype(int) for n in (0, 1))
    statistics, warmth = [], np.zeros(0)
    for side in sides:
        bright, square, red, _, blue, part = (cv2.blur(one, (side, side))[y, x] for one in maps)
        mean = bright / (part + 1e-3)
        statistics += [mean, np.sqrt(np.maximum(square / (part + 1e-3) - mean**2, 0)), 1 - part]
        warmth = (red - blue) / (part + 1e-3)
    return [*statistics, warmth]
