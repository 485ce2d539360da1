"""Blurred things cross before what is in focus."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.surfaces import card, tube
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.0, 12)


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """A guineafowl, leaves and a stem pass close to the lens before a bear in focus."""
    surfaces = [
        card(pictures("OneStandsOut"), (0, 0, -7), 7.5),
        card(pictures("crowned_crane"), (-1.2, 0, -4.5), 1.3),
        card(pictures("european-bear"), (0.1, -0.05, -3), 1.5, subject=True),
        card(pictures("helmeted_guineafowl"), (0.75 - 1.0 * t, -0.16, -1.5), 0.5),
        card(pictures("eggplant"), (-0.5 + 0.5 * t, 0.05, -1.2), 0.3, roll=12 * t),
        tube(
            np.array([[0.3 - 0.3 * t + sway, y, -1.17] for sway, y in ((0, -0.6), (0.08, 0), (0.04, 0.6))]),
            0.012,
            pictures.wrapped("Blinds"),
        ),
    ]
    camera = Camera((0.04 * t, 0, 0), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(3.0)), blur=40))


OCCLUSION = SceneKind(_DEPTHS, _moment)
