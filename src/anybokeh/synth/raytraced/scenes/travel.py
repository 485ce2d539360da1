"""The camera travels, with parallax."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.ground import GRAVEL_TINT
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.scenes.props import standing
from anybokeh.synth.raytraced.surfaces import card, floor
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.2, 40)


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """The camera walks sideways and forward past trees, and keeps an otter in focus."""
    subject = (0.0, -4.2)
    surfaces = [
        card(pictures("EveningGlow"), (0, -2.3, -34), 44),
        floor(pictures.tinted("gravel", GRAVEL_TINT), (-20, 20), (-33.9, 1), 1.6),
        standing(pictures("holm_oak"), (-5.5, -18), 6),
        standing(pictures("tree336"), (4.2, -14), 4.2),
        standing(pictures("birch"), (-2.2, -8.5), 2.4),
        standing(pictures("birch"), (2.0, -7.0), 2.0),
        standing(pictures("tiger_sumatran"), (0.9, -9), 2.4),
        standing(pictures("otter"), subject, 1.3, subject=True),
        standing(pictures("crowned_crane"), (-1.1, -3.4), 0.9),
        standing(pictures("thyme"), (0.75, -2.3), 0.6),
        standing(pictures("eggplant"), (-0.55, -1.75), 0.5),
    ]
    camera = Camera((1.0 * t - 0.5, 0.8 - 0.1 * t, 0.35 - 0.5 * t), (0.1 - 0.2 * t, 0.5, -4.2))
    depth = float(np.dot((subject[0], 0.3, subject[1]) - np.asarray(camera.position), camera.forward))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(depth)), blur=32))


TRAVEL = SceneKind(_DEPTHS, _moment)
