"""Highlights of all brightnesses."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.surface_pictures import plain
from anybokeh.synth.raytraced.surfaces import Surface, ball, card, tube
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.3, 20)
_TINTS = np.array([(1.0, 0.6, 0.25), (1.0, 0.85, 0.6), (0.6, 0.8, 1.0), (1.0, 0.25, 0.15)])


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """Lamps far behind a flamingo in focus, one lamp and a cable before it."""
    surfaces = [
        card(pictures("EveningGlow", 0.12), (0, 0.9, -16), 17),
        *(_lamp(rng, t) for _ in range(46)),
        card(pictures("tree336", 0.25), (1.9, -0.1, -6), 1.6),
        card(pictures("birch", 0.5), (-1.7, 0.05, -5), 1.3),
        card(pictures("pink_flamingo", 0.35), (-0.3 + 0.12 * t, -0.15, -3), 0.75, yaw=10 * t, subject=True),
        card(pictures("otter", 0.25), (0.55, -0.35, -2.2), 0.6),
        ball((0.42 - 0.06 * t, 0.14, -1.6), 0.012, plain(14, 9, 4), steps=10),
        tube(
            np.array([[-1, 0.12, -1.5], [0, 0.02, -1.5], [1.0, 0.16, -1.5]]),
            0.006,
            plain(0.004, 0.004, 0.006),
        ),
    ]
    camera = Camera((0.16 * t - 0.08, 0, 0), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(3.0)), blur=32))


def _lamp(rng: np.random.Generator, t: float) -> Surface:
    place = (rng.uniform(-5, 5), rng.uniform(-1.6, 2.2), rng.uniform(-15, -9))
    light = _TINTS[rng.integers(4)] * 10 ** rng.uniform(0.3, 1.9)
    return ball(place, rng.uniform(0.02, 0.05), plain(*light), steps=10)


NIGHT = SceneKind(_DEPTHS, _moment)
