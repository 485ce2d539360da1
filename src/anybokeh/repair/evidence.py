"""Evidence for either side of an outline, pixel by pixel: its colours and disparity, and those around.

Only pixels near outlines are looked at. For each of them the nearest and the farthest disparity around are
known, and what colours the surfaces on either side have; everything is measured relative to those, so that
one small network can judge the outlines of all surfaces alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.repair.colours import Surfaces, relief
from anybokeh.repair.map_filters import blurred, climb, extremes, highest, pixels
from anybokeh.repair.places import PLACE, PLACES, Around, directions, gather_places
from anybokeh.repair.profiles import PROFILE_INPUTS, gather_profiles

GRID_WIDTH = 512
"""Width in pixels up to which outlines are judged as they are; lengths are in pixels of such a picture."""
REACH, NARROW, WIDE = 10, 4, 24
"""Radii around a pixel: in which its two surfaces are looked for, and a smaller and a larger one."""
STEP = 0.03
"""Smallest difference in disparity between two surfaces."""
STEEP = 0.3
"""Share of that difference that values climb from one pixel to the next somewhere near; no slope does."""
CLOSE = 5
"""Distance from an outline up to which pixels are looked at."""
OWN = 20 + PROFILE_INPUTS
"""Values of the pixel itself."""
INPUTS = OWN + PLACE * PLACES
_DOUBT = 65
"""Side in pixels of the part of a picture whose outlines are doubted together, or are hard together."""
_LITTLE = np.float32(1e-4)


@dataclass(frozen=True)
class Evidence:
    """Pixels near outlines and what is known of each.

    Attributes:
        y, x: (pixels,) where they are.
        at: (pixels,) the same in `around`.
        far, near: (pixels,) disparity of the farthest and the nearest surface around.
        scaled: (pixels,) one by their difference.
        share: (pixels,) where the given disparity lies between them, 0 far to 1 near.
        hard: (pixels,) 0 to 1, how much outlines are steps from one pixel to the next, here and elsewhere.
        own: (pixels, OWN) float32, inputs about the pixel itself.
        order: (pixels, 2) int8, in which order the places around follow, see `directions`.
        around: the maps that inputs are read from.
    """

    y: np.ndarray
    x: np.ndarray
    at: np.ndarray
    far: np.ndarray
    near: np.ndarray
    scaled: np.ndarray
    share: np.ndarray
    hard: np.ndarray
    own: np.ndarray
    order: np.ndarray
    around: Around

    @property
    def inputs(self) -> np.ndarray:
        """(pixels, INPUTS) float32, inputs of the first network for all pixels."""
        return self.inputs_at(slice(None))

    def numbers(self, chosen: np.ndarray | slice) -> np.ndarray:
        """Numbers of some of the pixels, chosen by their numbers, by bools or by a slice."""
        if isinstance(chosen, np.ndarray) and chosen.dtype != bool:
            return chosen
        return np.arange(len(self.y))[chosen]

    def inputs_at(self, chosen: np.ndarray | slice, more: int = 0) -> np.ndarray:
        """Inputs of the first network for some of the pixels.

        Args:
            chosen: which of them, see `numbers`.
            more: columns that are left empty after these.

        Returns:
            (chosen pixels, INPUTS + more) float32.
        """
        numbers = self.numbers(chosen)
        inputs = np.empty((len(numbers), INPUTS + more), np.float32)
        gather_places(self.around, numbers, self.at, self.far, self.scaled, self.order, self.own, inputs)
        return inputs


def gather_evidence(
    frame: np.ndarray, given: np.ndarray, loose: np.ndarray, chosen: np.ndarray | None = None
) -> Evidence:
    """Find the pixels near outlines, and the evidence for either side.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        given: (height, width) float32 in [0, 1], disparity.
        loose: of the same shape, before outlines were aligned.
        chosen: (height, width) bool, pixels to take; None takes all.
    """
    far, near = extremes(given, REACH)
    span = near - far
    steep = climb(loose)
    steps = np.maximum(climb(given), steep)
    outline = (span > STEP) & (highest(steps, REACH - 2) > STEEP * span)
    scaled = 1 / (span + _LITTLE)
    share = (given - far) * scaled
    distance = _distance(share > 0.5)
    # both surfaces have to be close by: farther in, `share` is that of another place's surfaces
    low, high = extremes(given, CLOSE)
    middle = (far + near) / 2
    where = outline & (np.abs(distance) <= CLOSE) & (low < middle) & (high > middle)
    if chosen is not None:
        where &= chosen
    y, x = pixels(where)
    flat = y * given.shape[1] + x

    def here(values: np.ndarray) -> np.ndarray:
        return values.ravel()[flat]

    core_low, core_high = extremes(given, 2)
    outlines = outline.astype(np.float32)
    sure_near = outlines * (core_low > middle + 0.25 * span)
    sure_far = outlines * (core_high < middle - 0.25 * span)
    narrow = Surfaces(frame, outlines * share, outlines * (1 - share), NARROW)
    wide = Surfaces(frame, sure_near, sure_far, REACH)
    odds = wide.odds()
    # where colours contradict disparity, the outline is likely to be wrong
    says = np.tanh(odds)
    agree = says * outlines * (2 * share - 1)
    against, total = np.maximum(-agree, 0), np.abs(agree)
    doubt = blurred(against, _DOUBT) / (blurred(total, _DOUBT) + np.float32(1e-3))
    overall = np.float32(against.sum() / (total.sum() + 1e-3))
    softness = highest(steep, 4) * scaled
    # exact disparity steps from one pixel to the next, so little may be moved there
    hardness = np.clip(2 * softness - 0.4, 0, 1) * outlines
    hard = blurred(hardness, _DOUBT) / (blurred(outlines, _DOUBT) + np.float32(1e-3))
    hard_overall = np.float32(hardness.sum() / (outlines.sum() + 1))
    wide_near = highest(given, WIDE)
    close_far, close_near = extremes(given, NARROW)
    surfaces = np.stack([narrow.at(y, x), wide.at(y, x)], 1)
    base, factor, value = here(far), here(scaled), here(share)
    one = np.ones(len(y), np.float32)
    own = np.empty((len(y), OWN), np.float32)
    for number, values in enumerate([
        np.clip(here(distance) / 4, -2, 2),
        np.minimum(4 * (here(near) - base), 2),
        np.clip(value, -0.5, 1.5),
        np.clip((here(loose) - base) * factor, -0.5, 1.5),
        *surfaces[0], *surfaces[1], *surfaces[2:, 0], *surfaces[2:, 1],
        here(doubt) * 2, one * (4 * overall),
        np.clip(here(softness), 0, 1), here(hard), one * hard_overall,
        np.clip((here(wide_near) - base) * factor, 0, 4) - 1,
        np.clip((here(close_near) - base) * factor, -0.5, 1.5),
        np.clip((here(close_far) - base) * factor, -0.5, 1.5),
    ]):  # fmt: skip
        own[:, number] = values
    colours = says, np.minimum(6 * relief(frame), 2)
    gather_profiles(distance, outline, colours, y, x, own, OWN - PROFILE_INPUTS)
    around = Around(given, loose, odds, *cv2.split(frame))
    at = around.at(y, x)
    order = directions(around, at, base, factor)
    hardest = np.maximum(here(hard), hard_overall)
    return Evidence(y, x, at, base, here(near), factor, value, hardest, own, order, around)


def _distance(nearer: np.ndarray) -> np.ndarray:
    """Pixels to the other side, positive where `nearer`."""
    side = nearer.view(np.uint8)
    inside, outside = (cv2.distanceTransform(one, cv2.DIST_L2, 3) for one in (side, 1 - side))
    # one of them is 0
    return inside - outside
