"""Strings of light bulbs."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced import Surface, ball, merge, plain, tube

CABLE = plain(0.006, 0.006, 0.008)


def bulb_string(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    *,
    sag: float,
    at: np.ndarray,
    bulb: float,
    radiance: float,
    cable: float,
    swing: float,
) -> list[Surface]:
    """A cable between two points with bulbs below it.

    Args:
        start, end: where it is tied.
        sag: depth of its lowest point below the straight line.
        at: where along it bulbs hang, (n,) in [0, 1].
        bulb: radius of a bulb.
        radiance: of the hottest part of the glass, 1 is white.
        cable: radius of the cable.
        swing: sideways displacement of the lowest point.
    """

    def hang(share: np.ndarray) -> np.ndarray:
        share = np.asarray(share)[..., None]
        line = (1 - share) * np.array(start) + share * np.array(end)
        return line + 4 * share * (1 - share) * np.array([0.3 * swing, -sag, swing])

    glass, bulbs, sockets = _glass(radiance), [], []
    for point in hang(at):
        ends = point + np.array([[0, 0.3 * bulb, 0], [0, -1.1 * bulb, 0]])
        sockets.append(tube(ends, 0.42 * bulb, CABLE, sides=16))
        bulbs.append(ball((point[0], point[1] - 1.95 * bulb, point[2]), bulb, glass, steps=20))
    wire = tube(hang(np.linspace(0, 1, 60)), cable, CABLE, sides=8)
    return [merge(bulbs), merge([wire, *sockets])]


def _glass(radiance: float) -> np.ndarray:
    """Frosted glass lit from inside, (64, 1, 4): amber at the socket, hottest below the middle."""
    v = np.linspace(0, 1, 64)[:, None, None]
    heat = 0.12 + 0.88 * np.exp(-(((v - 0.58) / 0.24) ** 2))
    colour = radiance * heat * np.array([1.0, 0.62, 0.28]) ** (1.25 - 0.6 * heat)
    return np.concatenate([colour, np.ones_like(v)], axis=-1).astype(np.float32)
