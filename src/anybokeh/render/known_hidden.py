"""Hidden surfaces that the scene knows, as the layered renderer takes them in place of its own fill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.optics.focal_surface import FocalSurface
from anybokeh.optics.light import decode
from anybokeh.runtime.jit import kernel
from anybokeh.shot import Shot


class KnownHidden(NamedTuple):
    """Known surfaces behind the pixels of one frame, row by row.

    Attributes:
        begins: (height + 1,) int32, where each row begins in the others.
        x: (samples,) int32, ascending within a row; nearer ones of a pixel come first.
        values: (samples, 5) float32: linear RGB, signed circle of confusion, confidence in [0, 1].
    """

    begins: np.ndarray
    x: np.ndarray
    values: np.ndarray

    def extremes(self, coc: np.ndarray) -> tuple[float, float]:
        """Least and largest circle of confusion of these and of the visible surfaces, `coc`."""
        least = min(coc.min(), self.values[:, 3].min(initial=np.inf))
        return float(least), float(coc.max())


def known_hidden(shot: Shot, index: int, surface: FocalSurface) -> KnownHidden:
    """What a shot knows to be hidden in one of its frames; nothing where it does not."""
    behind = None if shot.scene.hidden is None else shot.scene.hidden[index]
    if behind is None:
        return nothing_known(shot.frames.shape[2])
    rows = np.repeat(np.arange(len(behind.begins) - 1), np.diff(behind.begins))
    coc = surface.circle_of_confusion(behind.disparity, (rows, behind.x))
    light = decode(behind.colour, shot.transfer)
    if behind.gain is not None:
        light = light * behind.gain
    values = np.concatenate([light, coc[:, None], behind.confidence[:, None]], axis=1, dtype=np.float32)
    return KnownHidden(behind.begins, behind.x, values)


def nothing_known(height: int) -> KnownHidden:
    """For frames of which nothing is known."""
    return KnownHidden(np.zeros(height + 1, np.int32), np.zeros(0, np.int32), np.zeros((0, 5), np.float32))


@kernel(inline="always")
def merge_known(
    known: KnownHidden, at: int, y: int, x: int, front: float, share: float, values: np.ndarray, n: int
) -> int:
    """Blend the nearest known surface of a pixel behind `front` into a filled one, by its confidence.

    Args:
        at: first entry of the pixel that is not used yet.
        front: circle of confusion of what covers it.
        share: how much of the pixel that covers.
        values: of all samples; values[y, n] are linear RGB, circle of confusion and weight of the fill.

    Returns:
        The first entry that is not used now.
    """
    end = known.begins[y + 1]
    while at < end and known.x[at] == x and known.values[at, 3] >= front:
        at += 1
    if at == end or known.x[at] != x:
        return at
    sure = share * known.values[at, 4]
    for c in range(4):
        values[y, n, c] += sure * (known.values[at, c] - values[y, n, c])
    return at + 1
