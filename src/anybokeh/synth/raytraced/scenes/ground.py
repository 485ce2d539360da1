"""Ground that runs through all depths."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.scenes.props import standing
from anybokeh.synth.raytraced.surfaces import ball, card, floor
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.7, 40)
GRAVEL_TINT = (1.1, 1.0, 0.82)


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """Gravel from near to far with things standing on it, focus in the middle."""
    surfaces = [
        card(pictures("Path"), (0, 1.5, -30), 34),
        floor(pictures.tinted("gravel", GRAVEL_TINT), (-16, 16), (-29.9, 0), 1.6),
        standing(pictures("european-bear"), (-3.4, -13), 2.6),
        standing(pictures("tree336"), (3.6, -12), 2.4),
        standing(pictures("lion-2"), (0.6 + 1.2 * t, -16), 3.5),
        standing(pictures("gnu-baby-stand"), (-0.2 + 0.15 * t, -4.6), 1.4, subject=True),
        standing(pictures("helmeted_guineafowl"), (1.15, -3.4), 0.8),
        standing(pictures("pink_flamingo"), (-0.95, -3.0), 0.6, yaw=25),
        ball((0.45, 0.16, -2.45), 0.16, pictures.wrapped("OneStandsOut")),
        ball((-0.3 - 0.1 * t, 0.12, -2.2), 0.12, pictures.wrapped("Blinds")),
    ]
    camera = Camera((0.2 * t - 0.1, 1.0, 0.3 - 0.3 * t), (0.0, 0.45, -5))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(4.4)), blur=32))


GROUND = SceneKind(_DEPTHS, _moment)
