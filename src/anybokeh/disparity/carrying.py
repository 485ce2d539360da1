"""Maps of key frames carried along the motion of the picture to the frames between them.

A frame between two key frames sees both maps, at the places where its pixels were and will be. Each counts
the more, the nearer it is in time and the better the colours agree there: so maps fade into each other, and
nothing jumps at a key frame. Where neither has the colours, pixels around that look alike fill in.

A network's scale and shift differ from picture to picture, so each key frame's map is brought in line with
what was carried to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from anybokeh.disparity.estimating import Estimator
from anybokeh.disparity.filling import filled
from anybokeh.disparity.glimpses import Calibration, alike, at, colour_difference, moved, places
from anybokeh.disparity.key_frames import KeyFrameSettings, Moment, is_inside, moments
from anybokeh.runtime.threads import Crew

_COLOUR = 20.0
"""Colour difference in 8-bit levels a channel that tells two surfaces apart."""
_DOUBT = 1e-3
"""What a map counts at least, where no colours agree."""
_OWN = 0.2
"""Share of its own scale and shift that a key frame's map keeps, lest errors of alignment add up."""
_FEWEST, _MOST = 64, 16384
"""Pixels that an alignment needs, and about the most that it looks at."""
_OUTLIER, _LEAST_SPREAD = 0.03, 0.02
"""Shares of a map's spread: misfit above which a pixel hardly counts, and deviation that tells a scale."""
_FLAT = 0.05
"""Share of a map's spread up to which neighbouring pixels may differ; at edges alignment proves nothing."""


class KeyFramed:
    """An `Estimator` that asks another one for key frames alone.

    Small pictures of the frames between the key frames that the other takes at once are in memory.
    """

    def __init__(self, estimator: Estimator, settings: KeyFrameSettings | None = None) -> None:
        self._estimator = estimator
        self._settings = settings or KeyFrameSettings()
        self.name = estimator.name
        self.identity = f"{estimator.identity} {self._settings}"
        self.metric = getattr(estimator, "metric", False)

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """(height, width) float32 for every picture (height, width, 3) uint8, nearer is larger."""
        waiting: deque[Moment] = deque()

        def key_pictures() -> Iterator[np.ndarray]:
            for picture, moment in moments(pictures, self._settings):
                waiting.append(moment)
                if moment.is_key:
                    yield picture

        last: _Key | None = None
        with Crew() as crew:
            for found in self._estimator.estimate(key_pictures()):
                between = _until_key(waiting)
                key = _Key(waiting.popleft(), found)
                if last is not None:
                    after = None if key.moment.is_first else _aligned(key, last)
                    yield from _carried(between, last, after, crew)
                    key = after or key
                yield key.disparity
                last = key
            if last is not None:
                yield from _carried(_until_key(waiting), last, None, crew)


@dataclass(frozen=True, eq=False)
class _Key:
    """A key frame and its map (height, width) float32."""

    moment: Moment
    disparity: np.ndarray


@dataclass(frozen=True, eq=False)
class _Side:
    """A key frame as another frame sees it: by the flow to it, with a share in time."""

    key: _Key
    flow: np.ndarray
    share: float


def _until_key(waiting: deque[Moment]) -> list[Moment]:
    between = []
    while waiting and not waiting[0].is_key:
        between.append(waiting.popleft())
    return between


def _aligned(key: _Key, last: _Key) -> _Key:
    """A key frame with its map in line with that of the one before."""
    picture, there = key.moment.picture, places(key.moment.to_key)
    size = picture.shape[1], picture.shape[0]
    own, other = (cv2.resize(one.disparity, size, interpolation=cv2.INTER_AREA) for one in (key, last))
    known = alike(picture, at(last.moment.picture, there)) & _is_flat(own)
    known &= at(_is_flat(other).view(np.uint8), there) > 0
    found = _line(own[known], at(other, there)[known], *np.quantile(other, (0.05, 0.95)))
    kept = Calibration((1 - _OWN) * found.scale + _OWN, (1 - _OWN) * found.shift)
    return replace(key, disparity=kept(key.disparity))


def _line(own: np.ndarray, carried: np.ndarray, low: float, high: float) -> Calibration:
    """From a key frame's own values to those that were carried to it, both (n,), which span low to high.

    A line through the carried ones: they have the errors of motion beside those of the network, and
    would seem to have more spread than they have. Reweighting leaves out what does not fit.
    """
    if len(own) < _FEWEST or not high > low:
        return Calibration()
    every = -(-len(own) // _MOST)
    own, carried = own[::every].astype(np.float64), carried[::every].astype(np.float64)
    found = Calibration(1.0, float(np.median(carried - own)))
    for _ in range(6):
        weights = (
            1 / (1 + ((carried - (found.scale * own + found.shift)) / (_OUTLIER * (high - low))) ** 2) ** 2
        )
        weights /= weights.sum()
        mean, mean_carried = weights @ own, weights @ carried
        spread = weights @ (own - mean) ** 2
        # without differences in depth a scale cannot be told from a shift
        is_flat = spread < (_LEAST_SPREAD * (high - low)) ** 2
        scale = 1.0 if is_flat else (weights @ ((own - mean) * (carried - mean_carried))) / spread
        scale = float(np.clip(scale, 0.5, 2))
        found = Calibration(scale, float(mean_carried - scale * mean))
    return found


def _is_flat(disparity: np.ndarray) -> np.ndarray:
    square = np.ones((3, 3), np.uint8)
    span = cv2.dilate(disparity, square) - cv2.erode(disparity, square)
    low, high = np.quantile(disparity, (0.05, 0.95))
    return span <= np.float32(_FLAT * (high - low))


def _carried(between: Sequence[Moment], last: _Key, after: _Key | None, crew: Crew) -> Iterator[np.ndarray]:
    """Maps of the frames between two key frames, or after one where a cut or the end follows."""
    to_after = [] if after is None else _flows(between, after.moment)
    for index, moment in enumerate(between):
        share = (index + 1) / (len(between) + 1)
        sides = [_Side(last, moment.to_key, 1 - share)]
        if after is not None:
            sides.append(_Side(after, to_after[index], share))
        yield _blended(moment.picture, sides, crew)


def _flows(between: Sequence[Moment], after: Moment) -> list[np.ndarray]:
    """From each frame to a later one."""
    flows: list[np.ndarray] = []
    for moment in (after, *between[:0:-1]):
        step = moment.from_before
        flows.append(step + moved(flows[-1], step) if flows else step)
    return flows[::-1] if between else []


def _blended(picture: np.ndarray, sides: Sequence[_Side], crew: Crew) -> np.ndarray:
    """The map of a small picture from those of key frames, in their size."""
    shape = sides[0].key.disparity.shape
    total, weights, confidence = (np.zeros(shape, np.float32) for _ in range(3))
    for side in sides:
        there = places(side.flow)
        likeness = cv2.resize(_likeness(picture, side.key.moment.picture, there), shape[::-1])
        weight = (likeness + np.float32(_DOUBT)) * np.float32(side.share)
        total += weight * at(side.key.disparity, _enlarged(there, shape))
        weights += weight
        np.maximum(confidence, likeness, out=confidence)
    return filled(total / weights, confidence, cv2.resize(picture, shape[::-1]), crew)


def _likeness(picture: np.ndarray, other: np.ndarray, there: np.ndarray) -> np.ndarray:
    """How well colours agree with those of another picture at places in it, (height, width) in [0, 1]."""
    off = colour_difference(picture, at(other, there)).astype(np.float32)
    return np.exp(-np.square(cv2.blur(off, (3, 3)) / np.float32(_COLOUR))) * is_inside(there)


def _enlarged(there: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Places of small pixels as places of a map's, (height, width, 2) float32."""
    scale = np.array([shape[1] / there.shape[1], shape[0] / there.shape[0]], np.float32)
    return (cv2.resize(there, shape[1::-1], interpolation=cv2.INTER_LINEAR) + np.float32(0.5)) * scale - 0.5
