"""Two planes by convolution against rays through the lens."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.synth.layered import render_frame
from anybokeh.synth.layers import Layer, Plane, View
from anybokeh.synth.two_planes import two_planes

SIZE, EDGE = (96, 64), 16


@pytest.mark.parametrize("front_in_focus", [True, False])
def test_it_is_what_rays_see(front_in_focus: bool) -> None:
    rng = np.random.default_rng(3)
    shape = SIZE[1] + 2 * EDGE, SIZE[0] + 2 * EDGE
    coverage = np.zeros((*shape, 1), np.float32)
    coverage[30:60, 40:90] = rng.random((30, 50, 1))
    front = np.concatenate([coverage * rng.random((*shape, 3)), coverage], -1).astype(np.float32)
    behind = rng.random((*shape, 3)).astype(np.float32)
    planes = Plane(0.75), Plane(0.25)
    layers = [
        Layer(front, (-EDGE, -EDGE), planes[0]),
        Layer(np.concatenate([behind, np.ones_like(coverage)], -1), (-EDGE, -EDGE), planes[1]),
    ]
    view = View(SIZE, planes[0 if front_in_focus else 1].level, blur=150.0)
    traced = render_frame(layers, view, rays=4).bokeh.transpose(1, 2, 0)
    found = two_planes(front, behind, 0.5 * view.pixels_of_blur, front_in_focus=front_in_focus)
    inside = found[EDGE:-EDGE, EDGE:-EDGE]
    assert np.abs(inside - traced).max() < 0.02
    assert np.abs(inside - traced).mean() < 0.003


def test_without_blur_it_is_the_sharp_picture() -> None:
    front, behind = np.full((4, 5, 4), 0.5, np.float32), np.full((4, 5, 3), 0.2, np.float32)
    assert two_planes(front, behind, 0, front_in_focus=False) == pytest.approx(0.6)
