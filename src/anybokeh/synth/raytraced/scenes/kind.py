"""What a benchmark scene is: a depth range and a moment for every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anybokeh.synth.raytraced.lens import DepthRange
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.surfaces import Surface
from anybokeh.synth.raytraced.truth import View


@dataclass(frozen=True)
class Moment:
    """The surfaces and the view at one moment."""

    surfaces: list[Surface]
    view: View


@dataclass(frozen=True)
class SceneKind:
    """A benchmark scene.

    Attributes:
        depths: depths of disparity 1 and 0, fixed for the clip.
        moment: what is seen at t in [0, 1]. The generator starts from the same seed for every frame: what is
            drawn at random keeps still, what moves is a function of t.
    """

    depths: DepthRange
    moment: Callable[[float, np.random.Generator, Pictures], Moment]

    @property
    def shows(self) -> str:
        """What the scene is about, in one line."""
        return (self.moment.__doc__ or "").strip().splitlines()[0]


def ease(t: float) -> float:
    """From 0 to 1, slow at both ends."""
    return t * t * (3 - 2 * t)
