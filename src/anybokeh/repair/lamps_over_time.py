"""Lamps over time: a lamp is one thing, and is decided over the frames in which it is seen.

Each frame's result depends on a few frames to either side and on nothing else, as in steadying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from anybokeh.repair.evidence import GRID_WIDTH
from anybokeh.repair.lamp_light import EDGE_FROM, Lamps, codes
from anybokeh.runtime.jit import kernel

REACH = 12
"""Frames to either side over which a lamp is decided."""
_FARTHEST = 8.0
"""Pixels that a lamp is followed from where it is expected, in a picture 512 wide."""
_UNLIKE = 1.5
"""How different, in distance, colour and size together, two spots can be and still be one lamp."""
_SAME_PLACE = 0.08
"""Difference of code values around a place up to which two frames show the same place."""
_BRIGHT = 0.85
"""Code value from which a place is bright."""
_FADING = 4
"""Frames at either end that count less and less."""
_PATCH = 12
"""A third of the pixels over which surroundings are averaged, in a picture 512 wide."""


@dataclass(frozen=True, eq=False)
class SeenLamps:
    """A frame and the lamps that were found in it.

    Attributes:
        picture: (height, width, 3), encoded, float32 in [0, 1] or unsigned integers.
        lamps: of the frame alone, None if there is none.
    """

    picture: np.ndarray
    lamps: Lamps | None

    @property
    def scale(self) -> float:
        """Pixels for one of a picture 512 wide."""
        return self.picture.shape[1] / GRID_WIDTH

    @cached_property
    def spots(self) -> _Spots:
        """Where the lamps are, and what tells them apart."""
        lamps = self.lamps
        if lamps is None:
            return _Spots(np.zeros((0, 2)), np.zeros(0), np.zeros((0, 3)))
        area = np.bincount(lamps.of, minlength=len(lamps.sure)).astype(np.float64)
        centre = [np.bincount(lamps.of, along, len(area)) / area for along in (lamps.y, lamps.x)]
        return _Spots(np.stack(centre, 1), area, lamps.colour)

    @cached_property
    def told(self) -> np.ndarray:
        """(spots, 9): how sure lamps are, and that times all else that is told of them."""
        lamps = self.lamps
        if lamps is None:
            return np.zeros((0, 9))
        sure = lamps.sure[:, None]
        values = (lamps.ground, np.log2(lamps.colour), lamps.off[:, None], lamps.stops[:, None])
        return np.concatenate([sure, *(sure * value for value in values)], 1)

    @cached_property
    def _small(self) -> np.ndarray:
        size = tuple(max(1, round(length / (_PATCH * self.scale))) for length in self.picture.shape[1::-1])
        small = codes(cv2.resize(self.picture, size, interpolation=cv2.INTER_AREA)).mean(2)
        return cv2.blur(small, (3, 3))

    def surroundings(self, places: np.ndarray) -> np.ndarray:
        """Mean code values around (places, 2) rows and columns, (places,)."""
        y, x = (places / (_PATCH * self.scale)).astype(int).T
        return self._small[np.minimum(y, len(self._small) - 1), np.minimum(x, self._small.shape[1] - 1)]

    def brightest(self, places: np.ndarray) -> np.ndarray:
        """Largest code value within a pixel of (places, 2) rows and columns, (places,)."""
        return codes(_brightest(self.picture, places))


@dataclass(frozen=True)
class _Spots:
    """Spots as they are followed: (spots, 2) rows and columns, (spots,) pixels, and (spots, 3) colours."""

    centre: np.ndarray
    area: np.ndarray
    colour: np.ndarray

    def __add__(self, other: _Spots) -> _Spots:
        return _Spots(
            np.concatenate((self.centre, other.centre)),
            np.concatenate((self.area, other.area)),
            np.concatenate((self.colour, other.colour)),
        )

    def __getitem__(self, chosen: np.ndarray) -> _Spots:
        return _Spots(self.centre[chosen], self.area[chosen], self.colour[chosen])


def decided(around: Sequence[SeenLamps], index: int) -> Lamps | None:
    """The lamps of a frame by the frames around it, None if there is none.

    A frame in which the place of a lamp is bright but holds none speaks against the lamp; one in which
    it is dark, or shows another place, says nothing. A lamp that is found before and after, but not in the
    frame itself, is in it as well if its place is bright.

    Args:
        around: frames in order.
        index: of the frame among them.
    """
    one = around[index]
    if all(other.lamps is None for other in around):
        return None
    spots, y, x, of = _with_missed(around, index)
    if not len(spots.area):
        return None
    sums = _Sums(len(spots.area))
    numbers = np.arange(len(spots.area))
    own = numbers < len(one.spots.area)
    sums.add(numbers[own], one, numbers[own], 1)
    sums.deny(numbers[~own], 1)
    before, after = around[:index][::-1], around[index + 1 :]
    sides = [_follow(frames, one, spots, sums) for frames in (before, after)]
    lamps = sums.mean(y, x, of)
    # at the ends of a clip one side has to do
    seen = [side | (len(frames) < REACH) for side, frames in zip(sides, (before, after), strict=True)]
    return replace(lamps, sure=np.where(own | (seen[0] & seen[1]), lamps.sure, 0))


def _with_missed(
    around: Sequence[SeenLamps], index: int
) -> tuple[_Spots, np.ndarray, np.ndarray, np.ndarray]:
    """The spots of a frame, then those of frames around whose place is bright in it, and pixels of all.

    Returns:
        The spots; rows, columns and numbers of their pixels, (pixels,) int32 each.
    """
    one = around[index]
    spots = one.spots
    pixels = [np.zeros((3, 0), np.int32)]
    if one.lamps is not None:
        pixels.append(np.stack((one.lamps.y, one.lamps.x, one.lamps.of)))
    for place in sorted(range(len(around)), key=lambda place: abs(place - index)):
        other = around[place]
        if place == index or other.lamps is None:
            continue
        new = np.nonzero(_alone(other.spots.centre, spots.centre, _FARTHEST * one.scale))[0]
        if not len(new):
            continue
        centre = other.spots.centre[new]
        new = new[(one.brightest(centre) > EDGE_FROM) & _alike(one, centre, other, centre)]
        if not len(new):
            continue
        numbers = np.full(len(other.spots.area), -1, np.int32)
        numbers[new] = len(spots.area) + np.arange(len(new))
        of = numbers[other.lamps.of]
        pixels.append(np.stack((other.lamps.y, other.lamps.x, of))[:, of >= 0])
        spots = spots + other.spots[new]
    y, x, of = np.concatenate(pixels, axis=1)
    return spots, y, x, of


def _follow(frames: Sequence[SeenLamps], one: SeenLamps, spots: _Spots, sums: _Sums) -> np.ndarray:
    """Follow the spots of a frame through those after it, or before it, and add what these say.

    Returns:
        Whether they were found at all, (spots,).
    """
    found = np.zeros(len(spots.area), bool)
    place, speed, gap = spots.centre.copy(), np.zeros_like(spots.centre), np.ones(len(spots.area))
    for distance, other in enumerate(frames[:REACH], 1):
        weight = min((REACH + 1 - distance) / _FADING, 1)
        here, there = _matches(replace(spots, centre=place + speed * gap[:, None]), other)
        sums.add(here, other, there, weight)
        speed[here] = (other.spots.centre[there] - place[here]) / gap[here, None]
        place[here] = other.spots.centre[there]
        found[here] = True
        gap += 1
        gap[here] = 1
        lost = np.nonzero(gap > 1)[0]
        if not len(lost):
            continue
        bright = other.brightest(place[lost]) > _BRIGHT
        sums.deny(lost[bright & _alike(one, spots.centre[lost], other, place[lost])], weight)
    return found


def _matches(spots: _Spots, other: SeenLamps) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of spots that a frame holds, and theirs in it."""
    there = other.spots
    nearest = np.full(len(spots.area), -1)
    _nearest(
        spots.centre, spots.area, spots.colour, there.centre, there.area, there.colour,
        _FARTHEST * other.scale, nearest,
    )  # fmt: skip
    here = np.nonzero(nearest >= 0)[0]
    return here, nearest[here]


def _alike(one: SeenLamps, places: np.ndarray, other: SeenLamps, there: np.ndarray) -> np.ndarray:
    """Whether two frames look alike around places, (places,)."""
    return np.abs(one.surroundings(places) - other.surroundings(there)) < _SAME_PLACE


class _Sums:
    """What frames say of lamps."""

    def __init__(self, lamps: int) -> None:
        self._weight, self._sure = np.zeros(lamps), np.zeros(lamps)
        self._values = np.zeros((lamps, 8))

    def add(self, here: np.ndarray, frame: SeenLamps, there: np.ndarray, weight: float) -> None:
        """Add spots of a frame, by their numbers."""
        if len(here):
            values = weight * frame.told[there]
            self._weight[here] += weight
            self._sure[here] += values[:, 0]
            self._values[here] += values[:, 1:]

    def deny(self, lamps: np.ndarray, weight: float) -> None:
        """Add a frame in which these are not lamps."""
        self._weight[lamps] += weight

    def mean(self, y: np.ndarray, x: np.ndarray, of: np.ndarray) -> Lamps:
        """The lamps, given their pixels."""
        values = (self._values / np.maximum(self._sure, 1e-6)[:, None]).astype(np.float32)
        sure = (self._sure / np.maximum(self._weight, 1e-6)).astype(np.float32)
        return Lamps(y, x, of, values[:, :3], np.exp2(values[:, 3:6]), values[:, 6], values[:, 7], sure)


@kernel()
def _nearest(
    centre: np.ndarray,
    area: np.ndarray,
    colour: np.ndarray,
    other_centre: np.ndarray,
    other_area: np.ndarray,
    other_colour: np.ndarray,
    farthest: float,
    nearest: np.ndarray,
) -> None:
    """Number of the spot that is most like each of some, -1 where none is like it."""
    for i in range(len(area)):
        least = _UNLIKE
        for j in range(len(other_area)):
            down, across = centre[i, 0] - other_centre[j, 0], centre[i, 1] - other_centre[j, 1]
            apart = np.sqrt(down * down + across * across) / farthest
            if apart > 1:
                continue
            unlike = apart + abs(np.log2(area[i] / other_area[j])) / 4
            for channel in range(3):
                unlike += abs(colour[i, channel] - other_colour[j, channel])
            if unlike < least:
                least = unlike
                nearest[i] = j


@kernel()
def _alone(centre: np.ndarray, others: np.ndarray, farthest: float) -> np.ndarray:
    """Whether none of some places is within a distance of each of others."""
    alone = np.ones(len(centre), np.bool_)
    for i in range(len(centre)):
        for j in range(len(others)):
            down, across = centre[i, 0] - others[j, 0], centre[i, 1] - others[j, 1]
            if down * down + across * across <= farthest * farthest:
                alone[i] = False
                break
    return alone


@kernel()
def _brightest(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Largest value within a pixel of places, of the picture's type."""
    height, width = picture.shape[:2]
    found = np.zeros(len(places), picture.dtype)
    for i in range(len(places)):
        row, column = round(places[i, 0]), round(places[i, 1])
        for y in range(max(row - 1, 0), min(row + 2, height)):
            for x in range(max(column - 1, 0), min(column + 2, width)):
                for channel in range(3):
                    found[i] = max(found[i], picture[y, x, channel])
    return found
