"""What the first network says of the pixels around: outlines go on, and neighbours see a pixel's mistake."""

from __future__ import annotations

import numpy as np

from anybokeh.render.jit import kernel
from anybokeh.repair.evidence import DIRECTIONS, INPUTS, RINGS, Evidence, offsets

CONTEXT_INPUTS = INPUTS + 2 * (1 + len(RINGS) * len(DIRECTIONS))
"""The evidence; of the pixel itself and of each place log-odds, and where its surface lies."""
MOST_ODDS = 4.0
"""Log-odds of pixels away from outlines, which the first network was not asked about; nobody is surer."""


def gather_context(
    seen: Evidence, said: np.ndarray, given: np.ndarray, asked: np.ndarray | slice = slice(None)
) -> np.ndarray:
    """Inputs of the second network, (pixels asked about, CONTEXT_INPUTS) float32.

    Args:
        seen: of the pixels.
        said: (pixels, 3) what the first network says of them, see `place_named`.
        given: (height, width) float32 in [0, 1], disparity.
        asked: (pixels,) bool, or a slice: which of them are asked about.
    """
    odds = np.full(given.shape, np.nan, np.float32)
    odds[seen.y, seen.x] = np.clip(said[:, 0], -MOST_ODDS, MOST_ODDS)
    named = given.copy()
    named[seen.y, seen.x] = seen.far + place_named(said) * (seen.near - seen.far)
    pixels = [one[asked] for one in (seen.y, seen.x, seen.far, seen.near, seen.order, seen.inputs)]
    inputs = np.empty((len(pixels[0]), CONTEXT_INPUTS), np.float32)
    _gather(*pixels, given, odds, named, offsets(), inputs)
    return inputs


def place_named(said: np.ndarray) -> np.ndarray:
    """Where the surface of a pixel lies, (pixels,), as a share of the step from far to near.

    Args:
        said: (pixels, 3) log-odds of the nearer surface; how far beyond `near` the nearer one lies, and how
            far beyond `far` the farther one, as shares of their difference.
    """
    return np.where(said[:, 0] > 0, 1 + said[:, 1], said[:, 2])


@kernel()
def _gather(
    y: np.ndarray,
    x: np.ndarray,
    far: np.ndarray,
    near: np.ndarray,
    order: np.ndarray,
    evidence: np.ndarray,
    given: np.ndarray,
    odds: np.ndarray,
    named: np.ndarray,
    offsets: np.ndarray,
    inputs: np.ndarray,
) -> None:
    height, width = given.shape
    for index in range(len(y)):
        v, u = y[index], x[index]
        at = evidence.shape[1]
        for number in range(at):
            inputs[index, number] = evidence[index, number]
        base, factor = far[index], 1 / (near[index] - far[index] + np.float32(1e-4))
        for place in range(-1, len(offsets)):
            i, j = v, u
            if place >= 0:
                number = place // 8 * 8 + (order[index, 0] + order[index, 1] * place) % 8
                i = min(max(v + offsets[number, 0], 0), height - 1)
                j = min(max(u + offsets[number, 1], 0), width - 1)
            if np.isnan(odds[i, j]):
                nearer = (given[i, j] - base) * factor > np.float32(0.5)
                inputs[index, at] = np.float32(MOST_ODDS) if nearer else np.float32(-MOST_ODDS)
            else:
                inputs[index, at] = odds[i, j]
            share = (named[i, j] - base) * factor
            inputs[index, at + 1] = min(max(share, np.float32(-0.5)), np.float32(2))
            at += 2
