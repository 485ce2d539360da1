"""The readable twin of `gathering.gather`, pixel by pixel."""

from __future__ import annotations

import numpy as np

from anybokeh.hidden import gathering
from anybokeh.hidden.bands import BANDS
from anybokeh.hidden.gathering import SURFACES, Sources
from anybokeh.hidden.motion import NODE
from anybokeh.hidden.squares import BLOCK, DEPTHS, STEP


def gather(disparity: np.ndarray, scale: float, sources: Sources) -> list[list[list[np.ndarray]]]:
    """For each row and pixel the surfaces behind: RGB, disparity, confidence, alpha; the nearest first."""
    height, width = disparity.shape
    return [[_behind(disparity[y, x], y, x, scale, sources) for x in range(width)] for y in range(height)]


def _behind(front: float, y: int, x: int, scale: float, sources: Sources) -> list[np.ndarray]:
    # a square of pixels moves as one
    small_y, small_x = ((at // BLOCK * BLOCK + 0.5 * BLOCK) * scale - 0.5 for at in (y, x))
    found: list[np.ndarray] = []
    limit = front - STEP
    for band in range(min(int(limit * BANDS), BANDS - 1) if limit > 0 else -1, -1, -1):
        if len(found) == SURFACES:
            break
        surface = _surface(band, y, x, small_y, small_x, limit, scale, sources)
        if surface is not None and surface[4] >= gathering._LEAST:
            limit = surface[3] - STEP
            surface[4] = min((surface[4] - gathering._LEAST) / (gathering._SURE - gathering._LEAST), 1)
            found.append(surface)
    return found


def _surface(
    band: int, y: int, x: int, small_y: float, small_x: float, limit: float, scale: float, sources: Sources
) -> np.ndarray | None:
    _, height, width = sources.depths.shape
    total = against = depth = sure = alpha = 0.0
    mean = np.zeros(3)
    i, j = (
        min(int((at + 0.5) / NODE), count - 1)
        for at, count in zip((small_y, small_x), sources.bands.shape[1:], strict=True)
    )
    for f, slot in enumerate(sources.slot):
        weight = float(sources.weight[f])
        if weight < gathering._ENOUGH * total:
            break
        if not sources.bands[f, i, j] >> band & 1:
            continue
        dx, dy, trust, deeper = _between(sources.paths[f, band], small_y, small_x)
        v, u = y + dy / scale, x + dx / scale
        trust *= sources.fade[f]
        if trust <= 0 or not (0 <= v < height - 1 and 0 <= u < width - 1):
            continue
        kept = int(sources.depths[slot, int(v + 0.5), int(u + 0.5)])
        there = (kept - 1) / DEPTHS
        own = min(int(there * BANDS), BANDS - 1)
        if kept == 0:
            continue
        if own < band and there + deeper < band / BANDS - gathering._FARTHER:
            against += weight * trust
        if own != band or there + deeper > limit:
            continue
        colour, clear = np.split(_colour(sources.pictures[f], v, u), [3])
        colour, clear = np.minimum(colour * sources.gain[f], 1), clear[0] if len(clear) else 1.0
        weight *= trust
        if total:
            alike = 1 / (1 + (np.abs(colour - mean).max() / gathering._UNLIKE) ** 2)
            against += weight * (1 - alike)
            weight *= alike
        mean = (mean * total + colour * weight) / (total + weight)
        alpha = (alpha * total + clear * weight) / (total + weight)
        total += weight
        depth += weight * (there + deeper)
        sure = max(sure, trust)
    if not total:
        return None
    return np.array([*mean, np.clip(depth / total, 0, 1), sure * (total / (total + against)) ** 2, alpha])


def _between(nodes: np.ndarray, y: float, x: float) -> np.ndarray:
    rows, columns, _ = nodes.shape
    v, u = np.clip((y + 0.5) / NODE - 0.5, 0, rows - 1), np.clip((x + 0.5) / NODE - 0.5, 0, columns - 1)
    i, j = int(v), int(u)
    below, right = min(i + 1, rows - 1), min(j + 1, columns - 1)
    v, u = v - i, u - j
    upper = nodes[i, j] * (1 - u) + nodes[i, right] * u
    return upper * (1 - v) + (nodes[below, j] * (1 - u) + nodes[below, right] * u) * v


def _colour(picture: np.ndarray, v: float, u: float) -> np.ndarray:
    i, j = int(v), int(u)
    four = picture[i : i + 2, j : j + 2].astype(np.float64) / 255
    upper, lower = four[:, 0] * (1 - (u - j)) + four[:, 1] * (u - j)
    return upper * (1 - (v - i)) + lower * (v - i)
