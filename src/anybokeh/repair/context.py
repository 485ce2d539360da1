"""What the first network says of the pixels around: outlines go on, and neighbours see a pixel's mistake."""

from __future__ import annotations

import numpy as np

from anybokeh.repair.evidence import INPUTS, Evidence
from anybokeh.repair.places import PLACES, Around, Pixels
from anybokeh.runtime.jit import kernel

CONTEXT_INPUTS = INPUTS + 2 * (1 + PLACES)
"""The evidence; of the pixel itself and of each place log-odds, and where its surface lies."""
MOST_ODDS = 4.0
"""Log-odds of pixels away from outlines, which the first network was not asked about; nobody is surer."""


class Context:
    """What the second network is told.

    Args:
        seen: of all pixels near outlines.
        said: (pixels, 3) what the first network says of them, see `place_named`.
        given: (height, width) float32 in [0, 1], disparity.
    """

    def __init__(self, seen: Evidence, said: np.ndarray, given: np.ndarray) -> None:
        odds = np.full(given.shape, np.nan, np.float32)
        odds[seen.y, seen.x] = np.clip(said[:, 0], -MOST_ODDS, MOST_ODDS)
        named = given.copy()
        named[seen.y, seen.x] = seen.far + place_named(said) * (seen.near - seen.far)
        self._around, self._seen = Around.of(odds, named), seen

    def told(self, asked: np.ndarray | slice) -> np.ndarray:
        """(pixels asked about, CONTEXT_INPUTS) float32, of some of the pixels, see `Evidence.numbers`."""
        numbers = self._seen.numbers(asked)
        told = self._seen.told(numbers, CONTEXT_INPUTS - INPUTS)
        _gather(self._around, numbers, self._seen.pixels, told, INPUTS)
        return told


def gather_context(
    seen: Evidence, said: np.ndarray, given: np.ndarray, asked: np.ndarray | slice = slice(None)
) -> np.ndarray:
    """Inputs of the second network, see `Context`."""
    return Context(seen, said, given).told(asked)


def place_named(said: np.ndarray) -> np.ndarray:
    """Where the surface of a pixel lies, (pixels,), as a share of the step from far to near.

    Args:
        said: (pixels, 3) log-odds of the nearer surface; how far beyond `near` the nearer one lies, and how
            far beyond `far` the farther one, as shares of their difference.
    """
    return np.where(said[:, 0] > 0, 1 + said[:, 1], said[:, 2])


@kernel()
def _gather(around: Around, asked: np.ndarray, pixels: Pixels, told: np.ndarray, first: int) -> None:
    """The maps are log-odds, where any were said, and disparity as it was said, or given."""
    values, steps, (at, far, scaled, order) = around.values, around.steps, pixels
    for row in range(len(asked)):
        pixel = asked[row]
        here, base, factor = at[pixel], far[pixel], scaled[pixel]
        ways = steps[order[pixel, 1], order[pixel, 0]]
        number = first
        for place in range(-1, len(ways)):
            there = here + ways[place] if place >= 0 else here
            odds, share = values[there, 0], (values[there, 1] - base) * factor
            if np.isnan(odds):
                odds = np.float32(MOST_ODDS) if share > np.float32(0.5) else np.float32(-MOST_ODDS)
            told[row, number] = odds
            told[row, number + 1] = min(max(share, np.float32(-0.5)), np.float32(2))
            number += 2
