"""Disparity as depth networks estimate it: edges that wander, swell and soften, lost detail, flicker.

Every fault is drawn by itself with its own strength, so that no two clips are damaged alike. Lengths are
pixels of a 512-pixel-wide picture and grow with the picture, as those of networks with one working size do.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

REFERENCE_WIDTH = 512


def damaged(
    disparity: np.ndarray, luma: np.ndarray, rng: np.random.Generator, unit: float | None = None
) -> np.ndarray:
    """Disparity with faults drawn at random.

    Args:
        disparity: (frames, height, width) float32 in [0, 1].
        luma: (frames, height, width) float32 in [0, 1], brightness of the frames.
        rng: decides everything.
        unit: pixels for one of a picture REFERENCE_WIDTH wide; None if this is a whole picture.

    Returns:
        Of the same kind.
    """
    pixels = disparity.shape[2] / REFERENCE_WIDTH if unit is None else unit
    faults = [fault for fault, chance in _FAULTS.items() if rng.random() < chance]
    result = disparity
    for fault in faults:
        result = fault(result, luma, pixels, rng)
    levels = 255 if rng.random() < 0.8 else 65535
    return np.rint(np.clip(result, 0, 1) * levels).astype(np.float32) / levels


def fields(shape: tuple[int, ...], cell: float, rng: np.random.Generator, lasting: float) -> np.ndarray:
    """Smooth noise of variance about 1, (frames, height, width) float32.

    Args:
        shape: (frames, height, width).
        cell: size of its spots in pixels.
        rng: decides everything.
        lasting: share of the variance that stays from frame to frame, in [0, 1].
    """
    frames, height, width = shape
    coarse = max(2, round(height / cell)), max(2, round(width / cell))
    noise = np.sqrt(lasting) * rng.standard_normal((1, *coarse), np.float32)
    noise = noise + np.sqrt(1 - lasting) * rng.standard_normal((frames, *coarse), np.float32)
    large = [cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in noise]
    return np.stack(large).astype(np.float32)


def _wander(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    height, width = maps.shape[1:]
    cell, by = unit * rng.uniform(6, 30), unit * rng.uniform(0.3, 2.2)
    lasting = rng.uniform(0.2, 1)
    dx, dy = (by * fields(maps.shape, cell, rng, lasting) for _ in range(2))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    moved = [
        cv2.remap(one, x + a, y + b, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for one, a, b in zip(maps, dx, dy, strict=True)
    ]
    return np.stack(moved)


def _swell(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    """Foregrounds too large in places and too small in others."""
    noise = fields(maps.shape, unit * rng.uniform(8, 60), rng, rng.uniform(0.2, 1))
    grow, shrink = (_ellipse(unit * rng.uniform(0.5, 3)) for _ in range(2))
    low, high = rng.uniform(-1.5, 0.2), rng.uniform(-0.2, 1.5)
    grown = np.stack([cv2.dilate(one, grow) for one in maps])
    shrunk = np.stack([cv2.erode(one, shrink) for one in maps])
    return np.where(noise > high, grown, np.where(noise < low, shrunk, maps))


def _coarse(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    """Estimated at a smaller size."""
    height, width = maps.shape[1:]
    factor = unit * rng.uniform(1.5, 5)
    size = max(8, round(width / factor)), max(8, round(height / factor))
    way = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC
    small = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in maps]
    return np.stack([cv2.resize(one, (width, height), interpolation=way) for one in small])


def _soft(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    spread = unit * rng.uniform(0.4, 2.5)
    return np.stack([cv2.GaussianBlur(one, (0, 0), spread) for one in maps])


def _thinned(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    """Thin foregrounds overlooked, or gaps between them closed."""
    kernel = _ellipse(unit * rng.uniform(0.7, 3.5))
    how = cv2.MORPH_OPEN if rng.random() < 0.65 else cv2.MORPH_CLOSE
    where = fields(maps.shape, unit * rng.uniform(20, 80), rng, rng.uniform(0.3, 1)) > rng.uniform(-1.5, 0.7)
    return np.where(where, np.stack([cv2.morphologyEx(one, how, kernel) for one in maps]), maps)


def _uneven(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    spots = fields(maps.shape, unit * rng.uniform(12, 90), rng, rng.uniform(0, 1))
    return maps + np.exp(rng.uniform(np.log(0.001), np.log(0.015))) * spots


def _imprinted(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    """Texture of the picture taken for relief."""
    spread = unit * rng.uniform(2, 12)
    detail = luma - np.stack([cv2.GaussianBlur(one, (0, 0), spread) for one in luma])
    return maps + rng.uniform(-0.04, 0.06) * detail


def _flickering(maps: np.ndarray, luma: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    """Scale and shift of their own in each frame."""
    scale = 1 + rng.uniform(0.002, 0.02) * rng.standard_normal((len(maps), 1, 1), np.float32)
    shift = rng.uniform(0.002, 0.012) * rng.standard_normal((len(maps), 1, 1), np.float32)
    return scale * maps + shift


def _ellipse(radius: float) -> np.ndarray:
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


_Fault = Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]
_FAULTS: dict[_Fault, float] = {
    _thinned: 0.3,
    _swell: 0.4,
    _wander: 0.6,
    _coarse: 0.6,
    _soft: 0.25,
    _uneven: 0.6,
    _imprinted: 0.25,
    _flickering: 0.4,
}
