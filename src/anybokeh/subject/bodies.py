"""Several subjects told apart: which pixel belongs to which of them, by a number that stays through a shot.

Numbers are carried along the optical flow. What touches one body alone belongs to it; where bodies cross and
touch, each pixel stays with the body that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from anybokeh.subject.motion import along

_SMALLEST = 0.2
"""Parts smaller than this share of the largest are no body of their own: a ball, a cup."""
_MOST = 32
"""Bodies of a shot; whatever comes later joins its neighbour."""
_SHARED = 0.15
"""Share of a part that must come from a second body for the part to be both."""


@dataclass(frozen=True)
class Body:
    """One of the subjects of a shot, as it was first seen.

    Attributes:
        shot: number of the shot.
        number: from 1, from left to right among those that came at the same time.
        frame: index of the first frame that shows it.
        x, y: its middle there, as shares of width and height.
        frames: in how many frames it is seen.
    """

    shot: int
    number: int
    frame: int
    x: float
    y: float
    frames: int = 0


class Bodies:
    """Numbers the bodies of consecutive frames."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Body] = {}
        self._last: np.ndarray | None = None
        self._count = 0

    @property
    def known(self) -> list[Body]:
        """All that were seen so far, in this order."""
        return list(self._known.values())

    def add(self, frame: int, shot: int, inside: np.ndarray, backward: np.ndarray | None) -> np.ndarray:
        """Numbers (height, width) uint8 of one frame's bodies, 0 outside.

        inside: (height, width) bool, of all subjects. backward: flow (height, width, 2) to the frame before;
        None for the first frame of a shot.
        """
        carried = np.zeros(inside.shape, np.uint8)
        if backward is None or self._last is None:
            self._count = 0
        else:
            carried = along(self._last, backward, cv2.INTER_NEAREST)
        numbers = self._numbered(frame, shot, inside, carried)
        present = np.unique(numbers)
        for number in present[present > 0].tolist():
            body = self._known[shot, number]
            self._known[shot, number] = replace(body, frames=body.frames + 1)
        # what is hidden for a moment keeps its place
        absent = np.where(np.isin(carried, present), 0, carried)
        self._last = np.where(inside, numbers, absent).astype(np.uint8)
        return numbers

    def _numbered(self, frame: int, shot: int, inside: np.ndarray, carried: np.ndarray) -> np.ndarray:
        count, parts, stats, middles = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
        parts = np.asarray(parts, np.intp)
        result = np.zeros(inside.shape, np.uint8)
        newcomers, largest = [], max(stats[1:count, cv2.CC_STAT_AREA], default=0)
        for part in range(1, count):
            where = parts == part
            area = int(stats[part, cv2.CC_STAT_AREA])
            votes = np.bincount(carried[where], minlength=_MOST + 1)
            votes[0] = 0
            owners = np.flatnonzero(votes >= max(1, _SHARED * min(area, votes.max())))
            if len(owners) == 1:
                result[where] = owners[0]
            elif len(owners) > 1:
                result[where] = _nearest(np.where(np.isin(carried, owners), carried, 0))[where]
            elif area >= _SMALLEST * largest and self._count + len(newcomers) < _MOST:
                newcomers.append((float(middles[part][0]), float(middles[part][1]), where))
        height, width = inside.shape
        for x, y, where in sorted(newcomers, key=lambda one: one[0]):
            self._count += 1
            result[where] = self._count
            where_seen = (x + 0.5) / width, (y + 0.5) / height
            self._known[shot, self._count] = Body(shot, self._count, frame, *where_seen)
        rest = inside & (result == 0)
        if rest.any() and result.any():
            result[rest] = _nearest(result)[rest]
        return result


def _nearest(numbers: np.ndarray) -> np.ndarray:
    """The nearest number that is not 0, for every pixel; one there must be."""
    _, places = cv2.distanceTransformWithLabels(
        (numbers == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_place = np.zeros(int(places.max()) + 1, numbers.dtype)
    of_place[places[numbers > 0]] = numbers[numbers > 0]
    return of_place[places]
