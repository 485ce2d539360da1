"""Several subjects told apart: which pixel belongs to which of them, by a number that stays through a shot.

Numbers are carried along the optical flow. What comes from one body alone belongs to it. Where bodies cross,
each pixel goes to the one whose colours it has, and in doubt to the one that it came from.
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
_ALIKE = 0.5
"""Overlap of colours from which a part is somebody who was hidden."""
_REACH = 0.25
"""How far from where they were last seen the hidden come back, as a share of the picture's width."""
_CAME_FROM = 1.0
"""What having come from a body counts for a pixel, in natural logarithms of likelihood."""
_LEARNT = 0.1
_LEVELS = 8


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
        self._colours: dict[int, np.ndarray] = {}
        """Of each body of the shot, shares of _LEVELS ** 3 colours."""
        self._columns: dict[int, float] = {}
        """Where each was last seen."""

    @property
    def known(self) -> list[Body]:
        """All that were seen so far, in this order."""
        return list(self._known.values())

    def add(
        self, frame: int, shot: int, picture: np.ndarray, inside: np.ndarray, backward: np.ndarray | None
    ) -> np.ndarray:
        """Numbers (height, width) uint8 of one frame's bodies, 0 outside.

        picture: (height, width, 3) uint8. inside: (height, width) bool, of all subjects. backward: flow
        (height, width, 2) to the frame before; None for the first frame of a shot.
        """
        if backward is None or self._last is None:
            carried = np.zeros(inside.shape, np.uint8)
            self._colours, self._columns = {}, {}
        else:
            carried = along(self._last, backward, cv2.INTER_NEAREST)
        colours = _indexed(picture)
        self._last = self._numbered(frame, shot, inside, carried, colours)
        for number in np.unique(self._last[self._last > 0]).tolist():
            body = self._known[shot, number]
            self._known[shot, number] = replace(body, frames=body.frames + 1)
            self._columns[number] = float(np.nonzero(self._last == number)[1].mean())
        return self._last

    def _numbered(
        self, frame: int, shot: int, inside: np.ndarray, carried: np.ndarray, colours: np.ndarray
    ) -> np.ndarray:
        count, parts, stats, middles = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
        parts = np.asarray(parts, np.intp)
        result = np.zeros(inside.shape, np.uint8)
        newcomers, largest = [], max(stats[1:count, cv2.CC_STAT_AREA], default=0)
        hidden = set(self._colours) - set(np.unique(carried[inside]).tolist())
        for part in range(1, count):
            where = parts == part
            left, width = stats[part, cv2.CC_STAT_LEFT], stats[part, cv2.CC_STAT_WIDTH]
            reach = _REACH * inside.shape[1]
            back = [n for n in hidden if left - reach < self._columns[n] < left + width + reach]
            owners = _owners(carried[where])
            large = stats[part, cv2.CC_STAT_AREA] >= _SMALLEST * largest
            if not owners:
                back = [n for n in back if self._alike(n, colours[where]) > _ALIKE]
            if owners or back:
                result[where] = self._shared(owners + back, where, carried, colours)
                if len(owners) == 1 and not back:
                    self._learn(owners[0], colours[where])
            elif large and len(self._colours) + len(newcomers) < _MOST:
                newcomers.append((*middles[part].tolist(), where))
        height, width = inside.shape
        for x, y, where in sorted(newcomers, key=lambda one: one[0]):
            number = len(self._colours) + 1
            result[where] = number
            self._learn(number, colours[where])
            self._known[shot, number] = Body(shot, number, frame, (x + 0.5) / width, (y + 0.5) / height)
        rest = inside & (result == 0)
        if rest.any() and result.any():
            result[rest] = _nearest(result)[rest]
        return result

    def _shared(
        self, bodies: list[int], where: np.ndarray, carried: np.ndarray, colours: np.ndarray
    ) -> np.ndarray:
        """Which of these bodies each pixel of a part belongs to, (pixels,)."""
        if len(bodies) == 1:
            return np.full(int(where.sum()), bodies[0], np.uint8)
        scores = []
        for number in bodies:
            likely = np.log(self._colours[number] + 1e-3)[colours].astype(np.float32)
            score = cv2.GaussianBlur(likely * where, (0, 0), 2)
            scores.append((score + _CAME_FROM * (carried == number))[where])
        return np.array(bodies, np.uint8)[np.argmax(scores, axis=0)]

    def _learn(self, number: int, colours: np.ndarray) -> None:
        seen = _shares(colours)
        former = self._colours.get(number, seen)
        self._colours[number] = former + _LEARNT * (seen - former)

    def _alike(self, number: int, colours: np.ndarray) -> float:
        return float(np.sqrt(self._colours[number] * _shares(colours)).sum())


def _indexed(picture: np.ndarray) -> np.ndarray:
    """(height, width), which of _LEVELS ** 3 colours each pixel has."""
    levels = picture.astype(np.intp) * _LEVELS // 256
    return (levels[..., 0] * _LEVELS + levels[..., 1]) * _LEVELS + levels[..., 2]


def _shares(colours: np.ndarray) -> np.ndarray:
    return np.bincount(colours, minlength=_LEVELS**3) / max(1, colours.size)


def _owners(carried: np.ndarray) -> list[int]:
    """The bodies that a part comes from; carried: (pixels,) numbers."""
    votes = np.bincount(carried, minlength=_MOST + 1)
    votes[0] = 0
    return np.flatnonzero(votes >= max(1, _SHARED * votes.max())).tolist() if votes.any() else []


def _nearest(numbers: np.ndarray) -> np.ndarray:
    """The nearest number that is not 0, for every pixel; one there must be."""
    _, places = cv2.distanceTransformWithLabels(
        (numbers == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_place = np.zeros(int(places.max()) + 1, numbers.dtype)
    of_place[places[numbers > 0]] = numbers[numbers > 0]
    return of_place[places]
