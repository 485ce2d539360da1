"""Lamps over time: a lamp is one thing, and is decided over the frames in which it is seen.

Each frame's result depends on a few frames to either side and on nothing else, as in steadying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

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
        return _Spots(np.stack(centre, 1), area, lamps.colour.astype(np.float64))

    @cached_property
    def told(self) -> np.ndarray:
        """(spots, 9): how sure lamps are, and that times all else that is told of them."""
        lamps = self.lamps
        if lamps is None:
            return np.zeros((0, 9))
        sure = lamps.sure[:, None]
        values = (lamps.ground, np.log2(lamps.colour), lamps.off[:, None], lamps.stops[:, None])
        return np.concatenate([sure, *(sure * value for value in values)], 1).astype(np.float64)

    @cached_property
    def small(self) -> np.ndarray:
        """Code values averaged over patches, (rows, columns) float32."""
        size = tuple(max(1, round(length / (_PATCH * self.scale))) for length in self.picture.shape[1::-1])
        # halving whole pixels is fast, and so is what is left
        half = tuple(max(own // 2, least) for own, least in zip(self.picture.shape[1::-1], size, strict=True))
        halved = cv2.resize(self.picture, half, interpolation=cv2.INTER_AREA)
        small = codes(cv2.resize(halved, size, interpolation=cv2.INTER_AREA)).mean(2)
        return cv2.blur(small, (3, 3))

    def surroundings(self, places: np.ndarray) -> np.ndarray:
        """Mean code values around (places, 2) rows and columns, (places,)."""
        y, x = (places / (_PATCH * self.scale)).astype(int).T
        return self.small[np.minimum(y, len(self.small) - 1), np.minimum(x, self.small.shape[1] - 1)]

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
        new = new[one.brightest(centre) > EDGE_FROM]
        new = new[_alike(one, other.spots.centre[new], other, other.spots.centre[new])]
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
    count = len(spots.area)
    way = _Way(
        spots.centre.copy(), np.zeros((count, 2)), np.ones(count), np.zeros(count, np.bool_),
        spots.area, spots.colour, one.surroundings(spots.centre),
    )  # fmt: skip
    for distance, other in enumerate(frames[:REACH], 1):
        there, picture = other.spots, other.picture
        view = _View(
            there.centre, there.area, there.colour, other.told, picture, other.small,
            _FARTHEST * other.scale, _PATCH * other.scale, _BRIGHT * _top(picture),
        )  # fmt: skip
        weight = min((REACH + 1 - distance) / _FADING, 1.0)
        _step(way, view, weight, sums.weight, sums.sure, sums.values)
    return way.found


class _Way(NamedTuple):
    """Where spots are on their way through frames.

    Attributes:
        place, speed: (spots, 2) rows and columns, where they were last seen, and how far they go in a frame.
        gap: (spots,) frames since then.
        found: (spots,) bool, whether they were seen at all.
        area, colour, around: (spots,), (spots, 3) and (spots,), what tells them, and how bright it is around.
    """

    place: np.ndarray
    speed: np.ndarray
    gap: np.ndarray
    found: np.ndarray
    area: np.ndarray
    colour: np.ndarray
    around: np.ndarray


class _View(NamedTuple):
    """A frame that spots are looked for in, see `SeenLamps` and `_Spots`.

    Attributes:
        farthest: pixels that a spot may be from where it is expected.
        patch: pixels over which `small` is averaged.
        bright: value of the picture from which a place is bright.
    """

    centre: np.ndarray
    area: np.ndarray
    colour: np.ndarray
    told: np.ndarray
    picture: np.ndarray
    small: np.ndarray
    farthest: float
    patch: float
    bright: float


def _top(picture: np.ndarray) -> float:
    """The largest value that a picture of its type holds."""
    return float(np.iinfo(picture.dtype).max) if picture.dtype.kind == "u" else 1.0


def _alike(one: SeenLamps, places: np.ndarray, other: SeenLamps, there: np.ndarray) -> np.ndarray:
    """Whether two frames look alike around places, (places,)."""
    if not len(places):
        return np.zeros(0, bool)
    return np.abs(one.surroundings(places) - other.surroundings(there)) < _SAME_PLACE


class _Sums:
    """What frames say of lamps."""

    def __init__(self, lamps: int) -> None:
        self.weight, self.sure = np.zeros(lamps), np.zeros(lamps)
        self.values = np.zeros((lamps, 8))

    def add(self, here: np.ndarray, frame: SeenLamps, there: np.ndarray, weight: float) -> None:
        """Add spots of a frame, by their numbers."""
        if len(here):
            values = weight * frame.told[there]
            self.weight[here] += weight
            self.sure[here] += values[:, 0]
            self.values[here] += values[:, 1:]

    def deny(self, lamps: np.ndarray, weight: float) -> None:
        """Add a frame in which these are not lamps."""
        self.weight[lamps] += weight

    def mean(self, y: np.ndarray, x: np.ndarray, of: np.ndarray) -> Lamps:
        """The lamps, given their pixels."""
        values = (self.values / np.maximum(self.sure, 1e-6)[:, None]).astype(np.float32)
        sure = (self.sure / np.maximum(self.weight, 1e-6)).astype(np.float32)
        return Lamps(y, x, of, values[:, :3], np.exp2(values[:, 3:6]), values[:, 6], values[:, 7], sure)


@kernel(inline="always")
def _brightest_at(picture: np.ndarray, y: float, x: float) -> float:
    """Largest value within a pixel of a place."""
    height, width = picture.shape[:2]
    row, column = round(y), round(x)
    most = picture[min(max(row, 0), height - 1), min(max(column, 0), width - 1), 0]
    for v in range(max(row - 1, 0), min(row + 2, height)):
        for u in range(max(column - 1, 0), min(column + 2, width)):
            for channel in range(3):
                most = max(most, picture[v, u, channel])
    return most


@kernel()
def _step(
    way: _Way, view: _View, weight: float, weights: np.ndarray, sure: np.ndarray, values: np.ndarray
) -> None:
    """Follow spots into the next frame, and add what it says of them.

    The spot that is most like one within its reach is that one. Where there is none, and the place is
    bright and looks like that of the spot, the frame speaks against it.
    """
    place, speed, gap, found, area, colour, around = way
    centre, areas, colours, told, picture, small, farthest, patch, bright = view
    for i in range(len(area)):
        nearest, least = -1, _UNLIKE
        for j in range(len(areas)):
            down = place[i, 0] + speed[i, 0] * gap[i] - centre[j, 0]
            across = place[i, 1] + speed[i, 1] * gap[i] - centre[j, 1]
            apart = np.sqrt(down * down + across * across) / farthest
            if apart > 1:
                continue
            unlike = apart + abs(np.log2(area[i] / areas[j])) / 4
            for channel in range(3):
                unlike += abs(colour[i, channel] - colours[j, channel])
            if unlike < least:
                nearest, least = j, unlike
        if nearest >= 0:
            weights[i] += weight
            sure[i] += weight * told[nearest, 0]
            for value in range(values.shape[1]):
                values[i, value] += weight * told[nearest, value + 1]
            for axis in range(2):
                speed[i, axis] = (centre[nearest, axis] - place[i, axis]) / gap[i]
                place[i, axis] = centre[nearest, axis]
            found[i] = True
            gap[i] = 1
            continue
        gap[i] += 1
        if _brightest_at(picture, place[i, 0], place[i, 1]) > bright:
            row = min(int(place[i, 0] / patch), small.shape[0] - 1)
            column = min(int(place[i, 1] / patch), small.shape[1] - 1)
            if abs(around[i] - small[row, column]) < _SAME_PLACE:
                weights[i] += weight


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
    found = np.zeros(len(places), picture.dtype)
    for i in range(len(places)):
        found[i] = _brightest_at(picture, places[i, 0], places[i, 1])
    return found
