"""Procedural cut-outs: outlines that are hard to blur well, filled with any surface.

A cut-out is (height, width, 4) float32: linear light times coverage, and coverage.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from anybokeh.synth.textures import noise

SIDE = 512
"""Pixels of a cut-out's longer side."""
_FINE = 2
_SHIFT = 4


def cut_out(rng: np.random.Generator, surface: np.ndarray, kind: str | None = None) -> np.ndarray:
    """A shape of one of `KINDS` filled with a surface.

    Args:
        rng: source of randomness.
        surface: linear light, (height, width, 3) float32, at least SIDE pixels each way.
        kind: which shape; drawn if None.
    """
    kind = kind or str(rng.choice(list(KINDS)))
    coverage, shade = KINDS[kind](rng)
    height, width = coverage.shape
    top = int(rng.integers(surface.shape[0] - height + 1))
    left = int(rng.integers(surface.shape[1] - width + 1))
    light = surface[top : top + height, left : left + width] * shade[..., None]
    return np.concatenate([light * coverage[..., None], coverage[..., None]], -1).astype(np.float32)


def blob(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A smooth outline with bumps, now and then with holes, shaded as a body."""
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    radius = np.ones_like(angle)
    for k in range(1, 8):
        radius += rng.normal(0, 0.25 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    radius = np.maximum(radius, 0.25)
    radius *= 0.48 / radius.max()
    points = 0.5 + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    canvas = _canvas()
    _fill(canvas, points, 1)
    for _ in range(rng.integers(0, 4)):
        centre, size = rng.uniform(0.35, 0.65, 2), rng.uniform(0.02, 0.12)
        _fill(canvas, centre + size * np.stack([np.cos(angle), np.sin(angle)], 1), 0)
    return _reduce(canvas), _body(rng)


def fence(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Wire mesh, bars or slats."""
    canvas = _canvas()
    spacing, width = rng.uniform(0.05, 0.16), rng.uniform(0.004, 0.02)
    style = rng.integers(3)
    lines = []
    for k in np.arange(-1.5, 2.5, spacing):
        if style == 0:
            lines += [((k, -0.1), (k + 1.2, 1.1)), ((k, 1.1), (k + 1.2, -0.1))]
        else:
            lines.append(((k, -0.1), (k, 1.1)))
    if style == 1:
        lines += [((-0.1, y), (1.1, y)) for y in np.arange(0.02, 1, spacing * rng.uniform(1, 4))]
    thickness = width * (rng.uniform(2, 4) if style == 2 else 1)
    for start, end in lines:
        _line(canvas, np.array([start, end]), thickness)
    return _reduce(canvas), _grainy(rng)


def hair(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A head with fine strands that stand away from it."""
    canvas = _canvas()
    angle = np.linspace(0, 2 * np.pi, 120)
    head = np.array([rng.uniform(0.18, 0.26), rng.uniform(0.22, 0.3)])
    centre = np.array([0.5, 0.45])
    _fill(canvas, centre + head * np.stack([np.cos(angle), np.sin(angle)], 1), 1)
    _fill(canvas, np.array([[0.2, 1.0], [0.35, 0.72], [0.65, 0.72], [0.8, 1.0]]), 1)
    droop, curl = rng.uniform(-0.1, 0.5), rng.uniform(0, 0.06)
    for _ in range(rng.integers(250, 700)):
        start = rng.uniform(0, 2 * np.pi)
        along = np.linspace(0, 1, 14)[:, None]
        outward = np.array([np.cos(start), np.sin(start)])
        length = rng.gamma(3, 0.05)
        path = centre + 0.9 * head * outward + along * length * outward
        path = path + along**2 * np.array([0, droop * length / 0.2])
        wave = np.sin(along * rng.uniform(4, 14) + rng.uniform(0, 6)) * curl * along
        path = path + wave * np.array([-outward[1], outward[0]])
        _line(canvas, path, rng.uniform(0.0008, 0.003))
    return _reduce(canvas), _streaks(rng)


def leaves(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Twigs with pointed leaves."""
    canvas = _canvas()
    shade = np.ones((SIDE * _FINE, SIDE * _FINE), np.float32)
    size = rng.uniform(0.06, 0.16)
    for _ in range(rng.integers(2, 7)):
        path = _twig(rng)
        _line(canvas, path, 0.006)
        for point, direction in zip(path[2:], np.diff(path, axis=0)[1:], strict=True):
            for side in (-1, 1):
                turn = np.arctan2(direction[1], direction[0]) + side * rng.uniform(0.4, 1.3)
                leaf = point + _leaf(size * rng.uniform(0.5, 1.4), rng.uniform(0.25, 0.5), turn)
                _fill(canvas, leaf, 1)
                _fill(shade, leaf, rng.uniform(0.35, 1.2))
    return _reduce(canvas), _reduce(shade) * _grainy(rng)


def grass(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Blades that grow from the lower edge."""
    canvas = _canvas()
    shade = np.ones((SIDE * _FINE, SIDE * _FINE), np.float32)
    lean = rng.normal(0, 0.15)
    for _ in range(rng.integers(60, 260)):
        root = rng.uniform(-0.05, 1.05)
        tip = np.array([root + rng.normal(lean, 0.15), rng.uniform(0.05, 0.7)])
        bend = np.array([root + rng.normal(0, 0.03), 0.5 * (1 + tip[1])])
        along = np.linspace(0, 1, 12)[:, None]
        spine = (1 - along) ** 2 * np.array([root, 1.02]) + 2 * along * (1 - along) * bend + along**2 * tip
        half = rng.uniform(0.002, 0.012) * (1 - along**2) * np.array([1, 0])
        blade = np.concatenate([spine - half, (spine + half)[::-1]])
        _fill(canvas, blade, 1)
        _fill(shade, blade, rng.uniform(0.3, 1.1))
    return _reduce(canvas), _reduce(shade)


def ring(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A frame, wheel or ladder: solid bars with large openings."""
    canvas = _canvas()
    thickness = rng.uniform(0.02, 0.08)
    angle = np.linspace(0, 2 * np.pi, 200)
    if rng.random() < 0.5:
        circle = 0.5 + 0.42 * np.stack([np.cos(angle), np.sin(angle)], 1)
        _line(canvas, circle, thickness)
        for turn in np.linspace(0, np.pi, rng.integers(2, 8), endpoint=False):
            end = 0.42 * np.array([np.cos(turn), np.sin(turn)])
            _line(canvas, np.array([0.5 - end, 0.5 + end]), thickness / 2)
    else:
        corners = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9], [0.1, 0.1]])
        _line(canvas, corners, thickness)
        for y in np.linspace(0.1, 0.9, rng.integers(2, 7)):
            _line(canvas, np.array([[0.1, y], [0.9, y]]), thickness / 2)
    return _reduce(canvas), _body(rng)


def lamps(rng: np.random.Generator) -> np.ndarray:
    """A string of bulbs on a wire, far brighter than white; a complete cut-out."""
    canvas = _canvas()
    x = np.linspace(0.02, 0.98, rng.integers(4, 11))
    sag = rng.uniform(0.1, 0.5)
    along = np.linspace(0.02, 0.98, 60)
    curve = np.stack([along, 0.2 + sag * 4 * along * (1 - along)], 1)
    _line(canvas, curve, 0.004)
    coverage = _reduce(canvas)
    picture = np.repeat((0.02 * coverage)[..., None], 3, -1)
    colour = np.array([1.0, rng.uniform(0.5, 0.95), rng.uniform(0.2, 0.9)], np.float32)
    strength = np.exp(rng.uniform(np.log(3), np.log(40)))
    radius = rng.uniform(0.006, 0.018) * SIDE
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for place in x:
        y = (0.215 + sag * 4 * place * (1 - place)) * SIDE
        bulb = np.clip(radius + 0.5 - np.hypot(columns - place * SIDE, rows - y), 0, 1)[..., None]
        picture = picture * (1 - bulb) + bulb * colour * strength
        coverage = coverage + (1 - coverage) * bulb[..., 0]
    return np.concatenate([picture, coverage[..., None]], -1).astype(np.float32)


KINDS: dict[str, Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]] = {
    "blob": blob,
    "fence": fence,
    "hair": hair,
    "leaves": leaves,
    "grass": grass,
    "ring": ring,
}
"""Makers of coverage and shade, both (SIDE, SIDE) float32."""


def _canvas() -> np.ndarray:
    return np.zeros((SIDE * _FINE, SIDE * _FINE), np.float32)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(points * (SIDE * _FINE) * (1 << _SHIFT)).astype(np.int32)


def _fill(canvas: np.ndarray, points: np.ndarray, value: float) -> None:
    cv2.fillPoly(canvas, [_fixed(points)], float(value), cv2.LINE_8, _SHIFT)


def _line(canvas: np.ndarray, points: np.ndarray, width: float) -> None:
    """Lines thinner than a fine pixel are drawn fainter instead."""
    pixels = width * SIDE * _FINE
    value = float(min(1.0, pixels))
    layer = canvas if value == 1 else np.zeros_like(canvas)
    cv2.polylines(layer, [_fixed(points)], False, value, max(1, round(pixels)), cv2.LINE_8, _SHIFT)
    if layer is not canvas:
        np.maximum(canvas, layer, out=canvas)


def _reduce(canvas: np.ndarray) -> np.ndarray:
    return cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _body(rng: np.random.Generator) -> np.ndarray:
    """Light from one side."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    turn = rng.uniform(0, 2 * np.pi)
    side = np.cos(turn) * x + np.sin(turn) * y
    return (0.7 + 0.8 * side).astype(np.float32)


def _grainy(rng: np.random.Generator) -> np.ndarray:
    return 0.6 + 0.6 * noise(rng, (SIDE, SIDE), 40, 4)


def _streaks(rng: np.random.Generator) -> np.ndarray:
    fine = noise(rng, (SIDE, SIDE // 16), 6, 2)
    return 0.3 + 0.7 * cv2.resize(fine, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


def _twig(rng: np.random.Generator) -> np.ndarray:
    turn = rng.uniform(0, 2 * np.pi)
    steps = np.cumsum(rng.normal(0, 0.18, rng.integers(6, 12))) + turn
    path = np.cumsum(np.stack([np.cos(steps), np.sin(steps)], 1), 0)
    path *= rng.uniform(0.4, 0.75) / np.linalg.norm(np.ptp(path, axis=0))
    return path - path.mean(0) + rng.uniform(0.35, 0.65, 2)


def _leaf(length: float, width: float, turn: float) -> np.ndarray:
    along = np.linspace(0, np.pi, 16)
    half = width * np.sin(along) * (1 + 0.3 * np.cos(along)) / 2
    x = (1 - np.cos(along)) / 2
    outline = np.concatenate([np.stack([x, half], 1), np.stack([x, -half], 1)[::-1]]) * length
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return outline @ spin
