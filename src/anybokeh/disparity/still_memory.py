"""What of the frames around is remembered, to average disparity where the picture stands still."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from anybokeh.disparity.glimpses import Glimpse
from anybokeh.disparity.still_average import LEVELS, average_still, share_still
from anybokeh.disparity.stillness import REACH, noise, restlessness, still
from anybokeh.runtime.threads import Crew


@dataclass(eq=False)
class Remembered:
    """A frame as those around it want to see it.

    Attributes:
        ring: (frames, height, width) uint16, disparity of the last frames in LEVELS.
        slot: where in it this frame is.
        points: (small height, small width) float32, single pixels of its disparity.
        earlier: how surely each place stood still since the frame before, the one before that, and so on.
        restless: `restlessness` with the frames before and after; None until it is asked for.
    """

    ring: np.ndarray
    slot: int
    points: np.ndarray
    earlier: list[np.ndarray]
    restless: np.ndarray | None = field(default=None, init=False)


class Memory:
    """Remembers frames in order; each can be averaged with those up to REACH before and after it.

    ahead: up to how many frames more than that are added before a frame is averaged.
    """

    def __init__(self, ahead: int) -> None:
        self._length = 2 * REACH + 1 + ahead
        self._views: deque[Glimpse] = deque(maxlen=REACH)
        self._ring: np.ndarray | None = None
        self._count = 0

    def add(self, view: Glimpse, disparity: np.ndarray, new_shot: bool) -> Remembered:
        """Remember a frame: its small view, and its disparity (height, width) float32 in [0, 1]."""
        if self._ring is None:
            self._ring = np.empty((self._length, *disparity.shape), np.uint16)
        slot = self._count % self._length
        self._count += 1
        np.multiply(disparity, np.float32(LEVELS), out=self._ring[slot], casting="unsafe")
        if new_shot:
            self._views.clear()
        earlier = [still(view, other) for other in reversed(self._views)]
        self._views.append(view)
        down, across = (
            (2 * np.arange(few) + 1) * size // (2 * few)
            for size, few in zip(disparity.shape, view.disparity.shape, strict=True)
        )
        return Remembered(self._ring, slot, disparity[np.ix_(down, across)], earlier)


class Standing:
    """A frame and the other frames of its shot that show the same where nothing moves.

    Attributes:
        share: how far the mean over time counts, (small height, small width) float32 in [0, 1].
    """

    def __init__(self, around: Sequence[Remembered], index: int) -> None:
        """around: consecutive frames of one shot, up to REACH on either side of the one at `index`."""
        self._own = around[index]
        others = [one for one in around if one is not self._own]
        self._slots = np.array([one.slot for one in others], np.int64)
        self._before = index
        shape = self._own.points.shape
        weights = [
            self._own.earlier[index - i - 1] if i < index else around[i].earlier[i - index - 1]
            for i in range(len(around))
            if i != index
        ]
        self._weights = np.stack(weights) if weights else np.zeros((0, *shape), np.float32)
        self.share = share_still(self._weights)
        self._noise = None
        if self.share.any():
            measured = [_restless(*around[i - 1 : i + 2]) for i in range(1, len(around) - 1)]
            self._noise = noise(measured, shape) if measured else None
        if self._noise is None:
            self.share = np.zeros_like(self.share)

    def average(self, disparity: np.ndarray, given: np.ndarray, crew: Crew) -> np.ndarray:
        """The mean over time of what was given, where nothing moves, else `disparity`; (height, width)."""
        if self._noise is None:
            return disparity
        result = disparity.copy()
        ring, slot = self._own.ring, self._own.slot
        average_still(result, given, ring, slot, self._slots, self._before, self._weights, self._noise, crew)
        return result


def _restless(before: Remembered, middle: Remembered, after: Remembered) -> np.ndarray:
    if middle.restless is None:
        lasting = np.minimum(middle.earlier[0], after.earlier[0])
        middle.restless = restlessness([one.points for one in (before, middle, after)], lasting)
    return middle.restless
