"""Structures of a few pixels, sharp and blurred."""

from __future__ import annotations

import numpy as np

from anybokeh.synth.raytraced.camera import Camera
from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.scenes.props import grass
from anybokeh.synth.raytraced.surface_pictures import plain
from anybokeh.synth.raytraced.surfaces import card, merge, tube
from anybokeh.synth.raytraced.truth import View

_DEPTHS = DepthRange(1.1, 13)


def _moment(t: float, rng: np.random.Generator, pictures: Pictures) -> Moment:
    """Blurred wires and grass before a sharp tiger, and sharp wires and twigs before a blurred background."""
    wires = [
        tube(np.array([[x - 0.7, -0.6, -1.2], [x + 0.5, 0.6, -1.25]]), 0.0022, plain(0.16, 0.17, 0.18))
        for x in np.arange(-1.0, 1.2, 0.16)
    ]
    across = np.linspace(-2.5, 2.5, 40)
    sharp_wires = [
        tube(
            np.stack([across, height + 0.03 * across**2, np.full(40, -3.02)], axis=-1),
            0.004,
            plain(0.03, 0.03, 0.035),
            subject=True,
        )
        for height in (0.3, 0.42, 0.5)
    ]
    surfaces = [
        card(pictures("RainDrops"), (0, 0.2, -11), 12),
        card(pictures("tiger_sumatran"), (0.1 * t, -0.2, -3), 1.6, subject=True),
        card(pictures("birch"), (-0.85, 0.02, -3.01), 0.8, subject=True),
        merge(wires),
        merge(sharp_wires),
        grass(rng, 70, (-0.75, 0.75), (-1.7, -1.15), -0.48, 0.3, t),
        grass(rng, 60, (-1.6, 1.6), (-3.2, -2.9), -0.7, 0.35, t),
    ]
    camera = Camera((0.12 * t - 0.06, 0, 0), (0, 0, -3))
    return Moment(surfaces, View(camera, focus=float(_DEPTHS.disparity(3.0)), blur=28))


THIN = SceneKind(_DEPTHS, _moment)
