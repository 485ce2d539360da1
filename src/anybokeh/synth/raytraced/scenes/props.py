"""Things that several scenes show."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.surfaces import Surface, card, ribbons


def standing(
    picture: np.ndarray,
    place: tuple[float, float],
    width: float,
    *,
    yaw: float = 0.0,
    ground: float = 0.0,
    subject: bool = False,
) -> Surface:
    """A cut-out whose lowest solid row stands on level ground at (x, z)."""
    solid_rows = np.flatnonzero((picture[..., 3] > 0.5).any(axis=1))
    picture = picture[: solid_rows[-1] + 1]
    height = width * picture.shape[0] / picture.shape[1]
    return card(picture, (place[0], ground + height / 2, place[1]), width, yaw=yaw, subject=subject)


def grass(
    rng: np.random.Generator,
    count: int,
    xs: tuple[float, float],
    zs: tuple[float, float],
    y: float,
    height: float,
    t: float,
) -> Surface:
    """Blades between the ranges `xs` and `zs`, rooted at `y`, that sway a little with t."""
    ramp = np.linspace([0.30, 0.36, 0.10, 1], [0.03, 0.06, 0.01, 1], 32, dtype=np.float32)[::-1, None]
    along = np.linspace(0, 1, 12)
    draw = rng.uniform(size=(count, 6))
    roots = np.stack([_between(draw[:, 0], xs), np.full(count, y), _between(draw[:, 1], zs)], axis=-1)
    tall = height * _between(draw[:, 2], (0.5, 1.1))
    bend = _between(draw[:, 3], (-0.2, 0.2)) + 0.05 * np.sin(6 * draw[:, 4] + 2 * t)
    offsets = np.stack([bend[:, None] * along**2, tall[:, None] * along, np.zeros((count, 12))], axis=-1)
    sides = np.stack([np.ones(count), np.zeros(count), _between(draw[:, 5], (-0.6, 0.6))], axis=-1)
    widths = np.tile(0.012 * (1 - along**2) + 0.0005, (count, 1))
    return ribbons(roots[:, None] + offsets, widths, sides, ramp)


def _between(share: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    return ends[0] + (ends[1] - ends[0]) * share
