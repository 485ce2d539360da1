"""A subject in focus, things behind it at several depths, leaves in front."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.surfaces import card
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.1, 14)


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """A crane in focus between a wood and leaves close to the lens."""
    surfaces = [
        card(pictures("Path"), (0.4, 0.3, -12), 13),
        card(pictures("holm_oak"), (2.6, -0.2, -8.5), 3.4),
        card(pictures("pink_flamingo"), (-1.55, -0.35, -6), 0.9),
        card(pictures("crowned_crane"), (0.1 * t - 0.05, -0.1, -3), 1.25, yaw=12 - 24 * t, subject=True),
        card(pictures("helmeted_guineafowl"), (0.8 - 0.08 * t, -0.3, -3.8), 0.8),
        card(pictures("eggplant"), (0.44 - 0.08 * t, -0.12, -1.3), 0.24, roll=10 * t),
        card(pictures("eggplant"), (-0.48, 0.12 - 0.03 * t, -1.45), 0.26, yaw=-20, roll=150),
        card(pictures("thyme"), (-0.3 + 0.05 * t, -0.22, -1.25), 0.3, roll=-8),
    ]
    camera = Camera((0.15 * t - 0.075, 0, 0.1 * (1 - t)), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(3.0 + 0.1 * (1 - t))), blur=32))


PORTRAIT = SceneKind(_DEPTHS, _moment)
