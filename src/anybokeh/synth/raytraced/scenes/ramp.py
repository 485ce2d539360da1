"""The aperture opens."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind, ease
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.scenes.props import standing
from anybokeh.synth.raytraced.surfaces import card
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.2, 16)
_GROUND = -0.75


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """An aperture ramp from K = 4 to 48 on a lion by a lake, with thyme before it."""
    surfaces = [
        card(pictures("EveningGlow"), (0, 0.6, -14), 15),
        standing(pictures("holm_oak"), (-2.4, -7), 2.6, ground=_GROUND),
        standing(pictures("pink_flamingo"), (1.2, -4.6), 0.8, ground=_GROUND),
        standing(pictures("lion-2"), (0.05 * t, -3), 1.6, ground=-0.55, subject=True),
        card(pictures("thyme"), (-0.3, -0.3, -1.4), 0.55),
        card(pictures("eggplant"), (0.5, 0.02, -1.6), 0.32, roll=6 * np.sin(4 * t)),
    ]
    camera = Camera((0.06 * t - 0.03, 0, 0), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(3.0)), blur=4 * float(12 ** ease(t))))


RAMP = SceneKind(_DEPTHS, _moment)
