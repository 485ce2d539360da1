"""Procedural pictures: surfaces and backgrounds made of noise, tiles, stripes and lights."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from anybokeh.optics.light import decode


def noise(rng: np.random.Generator, size: tuple[int, int], cell: float, octaves: int = 5) -> np.ndarray:
    """Smooth noise in [0, 1] with finer and fainter octaves, (height, width) float32.

    Args:
        rng: source of randomness.
        size: (width, height).
        cell: pixels between the values of the coarsest octave.
        octaves: each has half the cell and half the strength of the one before.
    """
    width, height = size
    total = np.zeros((height, width), np.float32)
    strength = 1.0
    for _ in range(octaves):
        shape = int(height / cell) + 3, int(width / cell) + 3
        grid = rng.random(shape, dtype=np.float32)
        fine = cv2.resize(grid, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC)
        top, left = int(cell // 2), int(cell // 2)
        total += strength * _cover(fine[top:, left:], height, width)
        strength /= 2
        cell = max(cell / 2, 1.0)
    low, high = np.percentile(total, (0.5, 99.5))
    return np.clip((total - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)


def colours(rng: np.random.Generator, count: int) -> np.ndarray:
    """Related colours from dark to light, (count, 3) float32, sRGB code values."""
    hue = rng.uniform(0, 180) + rng.normal(0, rng.uniform(5, 35), count)
    saturation = rng.beta(2, 4, count)
    value = np.sort(rng.uniform(0.08, 0.95, count))
    hsv = np.stack([hue % 180 * 2, saturation, value], 1).astype(np.float32)
    return cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]


def texture(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A surface of one of several kinds, linear light, (height, width, 3) float32."""
    return _KINDS[rng.integers(len(_KINDS))](rng, size)


def backdrop(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A background of one of several kinds, linear light that may exceed 1, (height, width, 3) float32."""
    kind = rng.random()
    if kind < 0.3:
        return night_lights(rng, size)
    if kind < 0.6:
        return landscape(rng, size)
    return texture(rng, size)


def marbled(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Colours along noise that is bent by noise."""
    width, _ = size
    base = noise(rng, size, rng.uniform(0.1, 0.5) * width)
    bent = noise(rng, size, rng.uniform(0.03, 0.15) * width)
    value = (base + rng.uniform(0, 1) * bent) * rng.uniform(0.6, 2.5)
    value = np.abs((value + 0.5) % 2 - 1)
    grain = noise(rng, size, 4, 2) - 0.5
    return _palette(rng, np.clip(value + 0.1 * grain, 0, 1))


def tiles(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Bricks or tiles with joints, each of its own shade."""
    width, height = size
    wide = rng.uniform(0.04, 0.15) * width
    tall = wide * rng.choice([0.35, 0.5, 1.0])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    row = np.floor(y / tall)
    x = x + (row % 2) * wide / 2 * (rng.random() < 0.6)
    column = np.floor(x / wide)
    shade = rng.random((int(height / tall) + 2, int(width / wide) + 3), dtype=np.float32)
    value = 0.35 + 0.4 * shade[row.astype(int), column.astype(int)]
    value += 0.25 * (noise(rng, size, wide / 2) - 0.5)
    joint = (y % tall < 0.06 * wide) | (x % wide < 0.06 * wide)
    return _palette(rng, np.clip(np.where(joint, rng.choice([0.05, 0.95]), value), 0, 1))


def stripes(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Woven or wooden: lines along one direction, stretched noise across."""
    width, height = size
    stretched = noise(rng, (width, max(height // 16, 8)), rng.uniform(0.02, 0.2) * width)
    value = cv2.resize(stretched, (width, height), interpolation=cv2.INTER_CUBIC)
    lines = np.sin(value * rng.uniform(10, 60))
    value = 0.5 * value + 0.25 * (lines + 1)
    if rng.random() < 0.5:
        value = np.ascontiguousarray(cv2.resize(value.T, (width, height), interpolation=cv2.INTER_AREA))
    return _palette(rng, np.clip(value, 0, 1))


def lettering(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Lines of writing and dots on a plain ground: sharp detail of high contrast."""
    width, height = size
    ink = np.zeros((height, width), np.uint8)
    letters = list("abcdefghijklmnopqrstuvwxyz ABCDEFGH 0123456789")
    scale = rng.uniform(0.6, 3) * width / 1024
    line = max(int(40 * scale), 8)
    thick = max(1, round(2 * scale))
    for y in range(line, height + line, line):
        text = "".join(rng.choice(letters, 60))
        start = int(rng.uniform(0, line)), y
        cv2.putText(ink, text, start, cv2.FONT_HERSHEY_SIMPLEX, scale, (255,), thick, cv2.LINE_AA)
    value = 0.8 + 0.2 * (noise(rng, size, width / 4) - 0.5)
    value *= 1 - rng.uniform(0.5, 0.95) * (ink / np.float32(255))
    return _palette(rng, np.clip(value, 0, 1))


def landscape(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A sky with clouds over hills that fade with distance."""
    width, height = size
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    low, high = decode(colours(rng, 2), "srgb").astype(np.float32)[::-1]
    picture = high * (1 - y) + (low * 0.5 + 0.5) * y
    cloud = np.clip(noise(rng, size, width / 3, 6) * 2 - rng.uniform(0.7, 1.4), 0, 1)[..., None]
    picture = picture * (1 - cloud) + cloud * rng.uniform(0.7, 1.0)
    for depth in range(rng.integers(2, 5)):
        ridge = np.cumsum(rng.normal(0, 1, width))
        ridge = cv2.GaussianBlur(ridge[None].astype(np.float32), (0, 0), width / (12 + 20 * depth))[0]
        ridge = 0.45 + 0.14 * depth + 0.15 * (ridge - ridge.mean()) / max(np.ptp(ridge), 1e-3)
        behind = np.clip((np.mgrid[:height, :width][0] - ridge * height) + 0.5, 0, 1)[..., None]
        hill = _palette(rng, noise(rng, size, width / (10 + 10 * depth), 6)) * (0.3 + 0.1 * depth)
        haze = 0.5 / (depth + 1)
        picture = picture * (1 - behind) + behind * (hill * (1 - haze) + haze * high)
    return picture.astype(np.float32)


def night_lights(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A dark place with lamps, far brighter than white."""
    width, height = size
    picture = _palette(rng, noise(rng, size, width / 6)) * np.float32(rng.uniform(0.02, 0.25))
    hues = decode(colours(rng, 6), "srgb").astype(np.float32) ** 0.5
    for _ in range(rng.integers(20, 120)):
        centre = rng.uniform(0, width), rng.normal(0.5, 0.22) * height
        radius = rng.uniform(0.6, 2.5) * width / 1024
        light = hues[rng.integers(len(hues))] * np.float32(np.exp(rng.uniform(np.log(2), np.log(60))))
        _spot(picture, centre, radius, light)
    return picture


def _spot(picture: np.ndarray, centre: tuple[float, float], radius: float, light: np.ndarray) -> None:
    """Add a round lamp with a soft edge of one pixel."""
    height, width = picture.shape[:2]
    reach = int(radius) + 2
    x0, y0 = int(centre[0]) - reach, int(centre[1]) - reach
    x1, y1 = x0 + 2 * reach + 1, y0 + 2 * reach + 1
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        return
    y, x = np.mgrid[y0:y1, x0:x1]
    inside = np.clip(radius + 0.5 - np.hypot(x - centre[0], y - centre[1]), 0, 1)[..., None]
    picture[y0:y1, x0:x1] += (inside * light).astype(np.float32)


def _palette(rng: np.random.Generator, value: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as linear colours between a few related ones, (height, width, 3) float32."""
    stops = decode(colours(rng, 4), "srgb")
    place = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(value, place, stops[:, c]) for c in range(3)], -1).astype(np.float32)


def _cover(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    down, right = max(0, height - picture.shape[0]), max(0, width - picture.shape[1])
    return np.pad(picture, ((0, down), (0, right)), mode="edge")[:height, :width]


_KINDS: tuple[Callable[[np.random.Generator, tuple[int, int]], np.ndarray], ...] = (
    marbled,
    marbled,
    tiles,
    stripes,
    lettering,
)
