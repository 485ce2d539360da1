"""Radiance that the camera clipped: what turns a white dot back into a lamp."""

from __future__ import annotations

import numpy as np

from anybokeh.optics.lens import Lens
from anybokeh.shot import Shot


def highlight_gain(shot: Shot, index: int, lens: Lens) -> np.ndarray | None:
    """Gain on the linear light of one frame, (1 or 3, height, width) float32, or None to change nothing.

    A scene that knows its radiance has its own gain. `lens.highlight_strength` adds to it by a blind rule:
    pixels whose brightest channel passes the threshold are brightened, fully at white. That helps lamps at
    night and spoils white walls by day, which is why it is off by default.
    """
    gain = None
    if shot.scene.radiance is not None:
        gain = shot.scene.radiance[index].reshape(-1, *shot.frames.shape[2:])
    if lens.highlight_strength > 0:
        brightest = shot.frames[index].max(axis=0)
        share = np.clip((brightest - lens.highlight_threshold) / (1 - lens.highlight_threshold), 0, 1)
        boost = (1 + np.float32(lens.highlight_strength) * share * share * (3 - 2 * share))[None]
        gain = boost if gain is None else gain * boost
    return gain
