"""Somebody walks behind a fence and plants, which are blurred."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.scenes.props import grass, standing
from anybokeh.synth.raytraced.surfaces import card, merge, tube
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.05, 13)
_GROUND = -0.7


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """A lion in focus walks behind a fence, grass and a plant while the camera drifts."""
    wood = pictures.wrapped("Blinds")
    pales = [
        tube(np.array([[x, -0.6, -1.25], [x + 0.01, 0.24, -1.25]]), 0.011, wood)
        for x in np.arange(-0.75, 0.8, 0.11)
    ]
    rails = [tube(np.array([[-1, y, -1.27], [1, y + 0.02, -1.27]]), 0.008, wood) for y in (-0.17, 0.11)]
    surfaces = [
        card(pictures("OneStandsOut"), (0, 0.2, -9), 10),
        standing(pictures("holm_oak"), (1.7, -6), 2.2, ground=_GROUND),
        standing(pictures("tree336"), (-1.5, -5), 1.6, ground=_GROUND),
        standing(pictures("lion-2"), (0.35 - 0.5 * t, -3), 1.5, ground=-0.5, subject=True),
        merge([*pales, *rails]),
        card(pictures("thyme"), (-0.3, -0.17, -1.15), 0.3),
        grass(rng, 40, (-0.7, 0.7), (-1.5, -1.2), -0.5, 0.25, t),
    ]
    camera = Camera((0.16 * t - 0.08, 0, 0), (0.08 * t - 0.04, 0, -3))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(3.0)), blur=40))


FENCE = SceneKind(_DEPTHS, _moment)
