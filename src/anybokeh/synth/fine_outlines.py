"""Cut-outs with outlines finer than a pixel: hair, fur, wire fences and glasses.

Each is (SIDE, SIDE, 4) float32: linear light times coverage, and coverage, averaged over pixels of shapes
that are drawn four times finer.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from anybokeh.errors import InputError

SIDE = 1080
"""Pixels each way."""
_FINE = 4
_SHIFT = 4


def fine_cut_out(kind: str, rng: np.random.Generator, surface: np.ndarray) -> np.ndarray:
    """A cut-out of one of `KINDS`.

    Args:
        kind: which.
        rng: source of randomness.
        surface: linear light that fills it, (any, any, 3) float32.

    Returns:
        (SIDE, SIDE, 4) float32, linear light times coverage, and coverage in [0, 1].

    Raises:
        InputError: there is no such kind.
    """
    if kind not in KINDS:
        raise InputError(f"kind of cut-out is {kind!r}: expected one of {', '.join(KINDS)}")
    drawing = _Drawing()
    KINDS[kind](rng, drawing)
    coverage, shaded = drawing.reduced()
    light = cv2.resize(surface, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) * shaded[..., None]
    return np.concatenate([light, coverage[..., None]], -1).astype(np.float32)


class _Drawing:
    """Coverage and shade four times finer; points are shares of the side, x before y."""

    def __init__(self) -> None:
        self._coverage = np.zeros((SIDE * _FINE, SIDE * _FINE), np.uint8)
        self._shade = np.zeros_like(self._coverage)

    def fill(self, points: np.ndarray, shade: float, coverage: float = 1.0) -> None:
        """A polygon."""
        for canvas, value in self._values(shade, coverage):
            cv2.fillPoly(canvas, [_fixed(points)], value, cv2.LINE_8, _SHIFT)

    def line(self, points: np.ndarray, width: float, shade: float, *, closed: bool = False) -> None:
        """A line through points; what is thinner than a fine pixel is a fine pixel wide."""
        thickness = max(1, round(width * SIDE * _FINE))
        for canvas, value in self._values(shade, 1.0):
            cv2.polylines(canvas, [_fixed(points)], closed, value, thickness, cv2.LINE_8, _SHIFT)

    def reduced(self) -> tuple[np.ndarray, np.ndarray]:
        """Coverage, and shade times coverage, (SIDE, SIDE) float32 in [0, 1] each."""
        size = SIDE, SIDE
        whole = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (self._coverage, self._shade))
        coverage, shaded = (one.astype(np.float32) / 255 for one in whole)
        return coverage, shaded

    def _values(self, shade: float, coverage: float) -> tuple[tuple[np.ndarray, float], ...]:
        covered = round(255 * coverage)
        return (self._coverage, covered), (self._shade, round(covered * min(max(shade, 0.0), 1.0)))


def hair(rng: np.random.Generator, drawing: _Drawing) -> None:
    """A head whose strands stand away from it."""
    head, centre = np.array([rng.uniform(0.17, 0.23), rng.uniform(0.22, 0.28)]), np.array([0.5, 0.45])
    tone = rng.uniform(0.25, 0.9)
    drawing.fill(np.array([[0.15, 1.0], [0.36, 0.68], [0.64, 0.68], [0.85, 1.0]]), tone)
    drawing.fill(centre + head * _circle(120), tone)
    droop, curl = rng.uniform(-0.05, 0.4), rng.uniform(0, 0.03)
    along = np.linspace(0, 1, 16)[:, None]
    for _ in range(rng.integers(1200, 2200)):
        outward = _direction(rng.uniform(0, 2 * np.pi))
        length = rng.gamma(3, 0.03)
        path = (
            centre
            + 0.92 * head * outward
            + along * length * outward
            + along**2 * np.array([0, droop * length])
        )
        wave = np.sin(along * rng.uniform(3, 12) + rng.uniform(0, 6)) * curl * along
        path = path + wave * np.array([-outward[1], outward[0]])
        drawing.line(path, rng.uniform(0.0006, 0.0022), tone * rng.uniform(0.6, 1.4))


def fur(rng: np.random.Generator, drawing: _Drawing) -> None:
    """A body with a coat of short strands that lie along it."""
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    radius = np.ones_like(angle)
    for k in range(1, 6):
        radius += rng.normal(0, 0.14 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    body = 0.5 + 0.36 * (radius / radius.max())[:, None] * _circle(360)
    tone, lie = rng.uniform(0.3, 0.9), rng.uniform(-0.9, 0.9)
    drawing.fill(body, tone)
    along = np.linspace(0, 1, 6)[:, None]
    for _ in range(rng.integers(4000, 7000)):
        place = int(rng.integers(len(angle)))
        root = 0.5 + (body[place] - 0.5) * rng.uniform(0.86, 1.0)
        turned = _direction(angle[place] + lie + rng.normal(0, 0.35))
        bent = _direction(angle[place] + 1.6 * lie)
        length = rng.gamma(4, 0.011)
        path = root + length * (along * turned + 0.5 * along**2 * bent)
        drawing.line(path, rng.uniform(0.0006, 0.0018), tone * rng.uniform(0.6, 1.4))


def fence(rng: np.random.Generator, drawing: _Drawing) -> None:
    """Wire mesh between two posts."""
    spacing, width = rng.uniform(0.045, 0.09), rng.uniform(0.0025, 0.006)
    slope = rng.uniform(0.8, 1.3)
    for start in np.arange(-1.5, 2.5, spacing):
        shade = rng.uniform(0.4, 1.0)
        drawing.line(np.array([[start, -0.05], [start + slope, 1.05]]), width, shade)
        drawing.line(np.array([[start, 1.05], [start + slope, -0.05]]), width, shade)
    for side in (0.03, 0.97):
        drawing.line(np.array([[side, -0.05], [side, 1.05]]), 0.035, rng.uniform(0.4, 1.0))


def glasses(rng: np.random.Generator, drawing: _Drawing) -> None:
    """Thin rims around panes that take a little of the light, with one temple on either side."""
    width, shade = rng.uniform(0.004, 0.014), rng.uniform(0.1, 0.8)
    pane = np.array([rng.uniform(0.17, 0.2), rng.uniform(0.12, 0.17)])
    square = rng.uniform(2, 4)
    outline = np.sign(_circle(160)) * np.abs(_circle(160)) ** (2 / square)
    taken = rng.uniform(0.06, 0.2)
    tilt = rng.uniform(-0.06, 0.06)
    for side in (-1, 1):
        centre = np.array([0.5 + side * (pane[0] + 0.045), 0.5 + side * tilt])
        drawing.fill(centre + pane * outline, 0.9, taken)
        drawing.line(centre + pane * outline, width, shade, closed=True)
        hinge = centre + np.array([side * pane[0], -0.04])
        drawing.line(hinge + np.array([[0, 0], [side * 0.06, -0.012]]), 1.6 * width, shade)
    bow = np.linspace(0, np.pi, 20)
    bridge = np.stack([0.5 + 0.045 * np.cos(bow), 0.48 - 0.025 * np.sin(bow) + tilt * np.cos(bow)], 1)
    drawing.line(bridge, width, shade)


KINDS: dict[str, Callable[[np.random.Generator, _Drawing], None]] = {
    "hair": hair,
    "fur": fur,
    "fence": fence,
    "glasses": glasses,
}


def _circle(points: int) -> np.ndarray:
    return _direction(np.linspace(0, 2 * np.pi, points, endpoint=False))


def _direction(angle: np.ndarray | float) -> np.ndarray:
    return np.stack([np.cos(angle), np.sin(angle)], -1)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(points * (SIDE * _FINE) * (1 << _SHIFT)).astype(np.int32)
