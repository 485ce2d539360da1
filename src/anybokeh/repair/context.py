"""Inputs of the second network: what the first predicts around a pixel, since neighbours reveal a mistake."""

from __future__ import annotations

import numpy as np

from anybokeh.repair.evidence import INPUTS, Evidence
from anybokeh.repair.places import PLACES, Around, Pixels
from anybokeh.runtime.jit import kernel

CONTEXT_INPUTS = INPUTS + 2 * (1 + PLACES)
"""The evidence, then log-odds and where the surface lies, of the pixel itself and of each place around."""
MOST_ODDS = 4.0
"""Log-odds of pixels away from outlines, which the first network does not predict; also the largest used."""


class Context:
    """Inputs of the second network.

    Args:
        seen: evidence of all pixels near outlines.
        prediction: (pixels, 3) of the first network, see `predicted_share`.
        given: (height, width) float32 in [0, 1], disparity.
    """

    def __init__(self, seen: Evidence, prediction: np.ndarray, given: np.ndarray) -> None:
        odds = np.full(given.shape, np.nan, np.float32)
        odds[seen.y, seen.x] = np.clip(prediction[:, 0], -MOST_ODDS, MOST_ODDS)
        named = given.copy()
        named[seen.y, seen.x] = seen.far + predicted_share(prediction) * (seen.near - seen.far)
        self._around, self._seen = Around.of(odds, named), seen

    def inputs_at(self, chosen: np.ndarray | slice) -> np.ndarray:
        """(chosen pixels, CONTEXT_INPUTS) float32, see `Evidence.numbers`."""
        numbers = self._seen.numbers(chosen)
        inputs = self._seen.inputs_at(numbers, CONTEXT_INPUTS - INPUTS)
        _gather(self._around, numbers, self._seen.pixels, inputs, INPUTS)
        return inputs


def gather_context(
    seen: Evidence, prediction: np.ndarray, given: np.ndarray, chosen: np.ndarray | slice = slice(None)
) -> np.ndarray:
    """Inputs of the second network, see `Context`."""
    return Context(seen, prediction, given).inputs_at(chosen)


def predicted_share(prediction: np.ndarray) -> np.ndarray:
    """Where the surface of a pixel lies, (pixels,), as a share of the step from far to near.

    Args:
        prediction: (pixels, 3) log-odds of the nearer surface; how far beyond `near` the nearer one lies,
            and how far beyond `far` the farther one, as shares of their difference.
    """
    return np.where(prediction[:, 0] > 0, 1 + prediction[:, 1], prediction[:, 2])


@kernel()
def _gather(around: Around, chosen: np.ndarray, pixels: Pixels, inputs: np.ndarray, first: int) -> None:
    """The maps are log-odds (NaN where not predicted) and disparity, predicted or else as given."""
    values, steps, (at, far, scaled, order) = around.values, around.steps, pixels
    for row in range(len(chosen)):
        pixel = chosen[row]
        here, base, factor = at[pixel], far[pixel], scaled[pixel]
        ways = steps[order[pixel, 1], order[pixel, 0]]
        # places without a sign need not be looked at for whether they count from the end
        line, number, one = np.uint64(row), np.uint64(first), np.uint64(1)
        for place in range(-1, len(ways)):
            there = np.uint64(here + ways[place] if place >= 0 else here)
            odds, share = values[there, 0], (values[there, 1] - base) * factor
            if np.isnan(odds):
                odds = np.float32(MOST_ODDS) if share > np.float32(0.5) else np.float32(-MOST_ODDS)
            inputs[line, number] = odds
            inputs[line, number + one] = min(max(share, np.float32(-0.5)), np.float32(2))
            number += np.uint64(2)
