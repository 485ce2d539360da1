"""Random scenes for renderers, in linear light."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class RandomScene(NamedTuple):
    """Linear light (height, width, 3), disparity (height, width) in [0, 1], both float32."""

    light: np.ndarray
    disparity: np.ndarray


def random_scene(seed: int, height: int, width: int) -> RandomScene:
    """Slanted ground, slanted cut-outs and thin bars before it, each with its own texture."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = _texture(rng, height, width)
    disparity = 0.05 + 0.3 * y / height + 0.05 * rng.random() * x / width
    for _ in range(3):
        centre, size = rng.random(2) * (height, width), (0.1 + 0.2 * rng.random(2)) * (height, width)
        inside = np.hypot((y - centre[0]) / size[0], (x - centre[1]) / size[1]) < 1
        slant = rng.normal(size=2) * 0.004
        surface = rng.random() * 0.8 + 0.1 + slant[0] * (y - centre[0]) + slant[1] * (x - centre[1])
        light = np.where(inside[..., None], _texture(rng, height, width), light)
        disparity = np.where(inside, surface, disparity)
    bar = np.abs(x - width * rng.random() - 0.3 * y) < 1.5
    light = np.where(bar[..., None], _texture(rng, height, width), light)
    disparity = np.where(bar, 0.7 + 0.3 * rng.random(), disparity)
    light = _mixed_at_edges(light, disparity)
    return RandomScene(light.astype(np.float32), np.clip(disparity, 0, 1).astype(np.float32))


def _mixed_at_edges(light: np.ndarray, disparity: np.ndarray) -> np.ndarray:
    """Pixels beside a depth edge take up colour of their neighbours, as in a photograph."""
    padded = np.pad(light, ((1, 1), (1, 1), (0, 0)), mode="edge")
    blurred = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
    edge = (
        np.hypot(*np.gradient(disparity)) > 0.05
        if min(disparity.shape) > 1
        else np.zeros_like(disparity, bool)
    )
    return np.where(edge[..., None], (light + blurred) / 2, light)


def _texture(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    return rng.random(3) * (0.3 + 0.7 * rng.random((height, width, 3))) ** 2
