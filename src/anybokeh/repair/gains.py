"""Gains of clipped highlights, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anybokeh.repair.lamp_light import Light


def joined_gains(lights: Sequence[Light | None]) -> np.ndarray | None:
    """Light of several frames as gains on linear light, (frames, 3, height, width) float32 >= 1.

    None if there is none in any.
    """
    shape = next((light.shape for light in lights if light is not None), None)
    if shape is None:
        return None
    gains = np.ones((len(lights), 3, *shape), np.float32)
    for gain, light in zip(gains, lights, strict=True):
        if light is not None:
            gain[:, light.y, light.x] = np.exp2(light.stops).T
    return gains
