"""Radiance that the camera clipped: what turns a white dot back into a lamp."""

from __future__ import annotations

import numpy as np

from anybokeh.optics.lens import Lens
from anybokeh.shot import Shot


def highlight_gain(shot: Shot, index: int, lens: Lens) -> np.ndarray | None:
    """Gain on the linear light of one frame, (1 or 3, height, width) float32, or None to change nothing.

    A scene that knows its radiance has its own gain. `lens.highlight_strength` adds to it by a blind rule:
    pixels whose brightest channel passes the threshold are brightened, smoothly from nothing at the threshold
    to the full at white, or where the knee ends. All channels gain alike, so that the hue stays. That helps
    lamps at night and spoils white walls by day, which is why it is off by default, and why a scene may say
    where it acts.
    """
    gain = None
    if shot.scene.radiance is not None:
        gain = shot.scene.radiance[index].reshape(-1, *shot.frames.shape[2:])
    if lens.highlight_strength > 0:
        brightest = shot.frames[index].max(axis=0)
        threshold, knee = lens.highlight_threshold, lens.highlight_knee
        share = np.clip((brightest - threshold) / (1 - threshold if knee is None else knee), 0, 1)
        added = np.float32(lens.highlight_strength) * share * share * (3 - 2 * share)
        if shot.scene.highlights is not None:
            added *= shot.scene.highlights[index]
        boost = (1 + added)[None]
        gain = boost if gain is None else gain * boost
    return gain
