"""The focus travels."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind, ease
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.surfaces import ball, card
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.2, 20)


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """A focus pull over leaves and a ball, a young gnu, and a far wood."""
    surfaces = [
        card(pictures("Path"), (0, 0, -16), 15),
        card(pictures("tree336"), (-2.0, 0.1, -8), 2.4),
        card(pictures("european-bear"), (1.9, -0.9, -8), 2.0),
        card(pictures("gnu-baby-stand"), (0.1 - 0.1 * t, -0.12, -3.4), 1.15, subject=True),
        card(pictures("eggplant"), (-0.32, -0.02, -1.4), 0.3, yaw=15 * t),
        ball((0.36 + 0.03 * t, -0.14, -1.55), 0.1, pictures.wrapped("RainDrops")),
    ]
    camera = Camera((0.1 * t, 0.02 * t, 0), (0, 0, -4))
    near, far = _DEPTHS.disparity(1.4), _DEPTHS.disparity(9.0)
    return Moment(surfaces, View(camera, focus=float(near + (far - near) * ease(t)), blur=24 + 8 * t))


PULL = SceneKind(_DEPTHS, _moment)
