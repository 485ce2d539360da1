"""The places around a pixel, ring by ring; of each its disparity, its colour, and which surface that suits.

Each ring begins with the direction in which most is near and goes on to the side where more is near, so that
turned and mirrored outlines give the same inputs.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from anybokeh.runtime.jit import kernel

RINGS = (1, 2, 3, 5, 8)
"""Distances of the places around a pixel that are looked at, in eight directions each."""
DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))
PLACES = len(RINGS) * len(DIRECTIONS)
PLACE = 4
"""Values a place."""
_BORDER = max(RINGS)


class Around(NamedTuple):
    """Maps, the values of a pixel side by side in memory, and where the places around pixels are in them.

    Attributes:
        values: (pixels and those of the border, maps) float32.
        steps: (2, 8, PLACES) how far places are from their pixel in `values`: those of every first direction
            with the clock, and then against it.
        width: of the maps with their border.
    """

    values: np.ndarray
    steps: np.ndarray
    width: int

    @classmethod
    def of(cls, *maps: np.ndarray) -> Around:
        """Of maps, (height, width) float32 each; beyond their borders they go on as they end."""
        wider = [_with_border(one, _BORDER) for one in maps]
        width = wider[0].shape[1]
        return cls(cv2.merge(wider).reshape(-1, len(maps)), _ways() @ np.array([width, 1]), width)

    def at(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Where pixels are in `values`, (pixels,)."""
        return (y.astype(np.int64) + _BORDER) * self.width + x + _BORDER


class Pixels(NamedTuple):
    """Pixels, and how the disparity around each is inputs.

    Attributes:
        at: (pixels,) where they are in an `Around`.
        far, scaled: (pixels,) disparity that counts as 0, and what one more counts.
        order: (pixels, 2) int8, the direction that comes first, and 0 with or 1 against the clock.
    """

    at: np.ndarray
    far: np.ndarray
    scaled: np.ndarray
    order: np.ndarray


def _with_border(one: np.ndarray, wide: int) -> np.ndarray:
    return cv2.copyMakeBorder(one, wide, wide, wide, wide, cv2.BORDER_REPLICATE)


def _ways() -> np.ndarray:
    """Places around a pixel, (2, 8, PLACES, 2) rows down and columns across, see `Around.steps`."""
    number = np.arange(8)
    order = (number[:, None] + np.array([1, -1])[:, None, None] * number) % 8
    return (np.array(DIRECTIONS)[order][:, :, None] * np.array(RINGS)[:, None, None]).reshape(2, 8, PLACES, 2)


def directions(around: Around, at: np.ndarray, far: np.ndarray, scaled: np.ndarray) -> np.ndarray:
    """For each pixel the direction that comes first, and 0 with or 1 against the clock, (pixels, 2) int8.

    Args:
        around: the first map is disparity.
        at: (pixels,) where they are in it.
        far, scaled: (pixels,) disparity that counts as 0, and what one more counts.
    """
    found = np.empty((len(at), 2), np.int8)
    _directions(at, around.values, around.steps[0, 0], far, scaled, found)
    return found


@kernel(fastmath={"nnan", "nsz"})
def gather_places(
    around: Around, chosen: np.ndarray, pixels: Pixels, own: np.ndarray, inputs: np.ndarray
) -> None:
    """Fill in the inputs of some pixels: their own values, and PLACE values for each of the PLACES.

    These are disparity, the same before outlines were aligned, how different the colour is, and the log-odds
    that it belongs to the nearer surface.

    Args:
        around: disparity, before outlines were aligned, log-odds of the nearer surface, and three channels.
        chosen: (chosen pixels,) their numbers among all pixels.
        pixels: all pixels.
        own: (pixels, any) float32.
        inputs: (chosen pixels, any) float32, to be filled.
    """
    values, steps, (at, far, scaled, order) = around.values, around.steps, pixels
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for row in range(len(chosen)):
        pixel = chosen[row]
        here, base, factor = at[pixel], far[pixel], scaled[pixel]
        red, green, blue = values[here, 3], values[here, 4], values[here, 5]
        ways = steps[order[pixel, 1], order[pixel, 0]]
        number = own.shape[1]
        for value in range(number):
            inputs[row, value] = own[pixel, value]
        # places without a sign need not be looked at for whether they count from the end
        line, at_input = np.uint64(row), np.uint64(number)
        for place in range(len(ways)):
            there = np.uint64(here + ways[place])
            apart = abs(values[there, 3] - red) + abs(values[there, 4] - green) + abs(values[there, 5] - blue)
            given, loose = (values[there, 0] - base) * factor, (values[there, 1] - base) * factor
            inputs[line, at_input] = min(max(given, np.float32(-0.5)), np.float32(1.5))
            inputs[line, at_input + one] = min(max(loose, np.float32(-0.5)), np.float32(1.5))
            inputs[line, at_input + two] = min(apart * np.float32(2), np.float32(2))
            inputs[line, at_input + three] = values[there, 2] * np.float32(0.5)
            at_input += np.uint64(PLACE)


@kernel()
def _directions(
    at: np.ndarray,
    values: np.ndarray,
    steps: np.ndarray,
    far: np.ndarray,
    scaled: np.ndarray,
    found: np.ndarray,
) -> None:
    eighths = np.empty(len(steps), np.int32)
    nearness = np.empty(8, np.int32)
    for index in range(len(at)):
        here, base, factor = at[index], far[index], scaled[index]
        for place in range(len(steps)):
            share = (values[here + steps[place], 0] - base) * factor
            share = min(max(share, np.float32(-0.5)), np.float32(1.5))
            # whole numbers, so that rounding decides nothing
            eighths[place] = np.int32(np.floor(share * np.float32(8) + np.float32(0.5)))
        nearness[:] = 0
        for place in range(len(steps)):
            nearness[place % 8] += eighths[place]
        found[index, 0], found[index, 1] = first_direction(nearness)


@kernel(inline="always")
def first_direction(nearness: np.ndarray) -> tuple[int, int]:
    """Of eight: which comes first, and whether the others follow with (0) or against (1) the clock."""
    first, most = 0, 0
    for number in range(8):
        around = 2 * nearness[number] + nearness[(number + 1) % 8] + nearness[number - 1]
        if number == 0 or around > most:
            first, most = number, around
    ahead = behind = 0
    for step in range(1, 4):
        ahead += nearness[(first + step) % 8]
        behind += nearness[(first - step) % 8]
    return first, 0 if ahead >= behind else 1
