"""Small views of frames and what connects them: motion, cuts, and how disparity's scale drifts.

Everything that looks from one frame to the next happens at this size, where it costs next to nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np

WIDTH = 256
"""Pixels across a small view; smaller frames are taken as they are."""
_FLAT = 0.012
"""Standard deviation of disparity inside a small pixel, above which it is an edge and proves nothing."""
_ALIKE = 24.0
"""Colour difference in 8-bit levels a channel up to which two pixels show the same thing."""
_CUT_SHARE = 0.5
"""Share of pixels that find themselves in the other frame, below which there is a cut between."""
_KEPT = 32
"""Pairs of frames whose flow is kept: more than steadying looks ahead."""
_FEWEST, _MOST = 64, 4096
_OUTLIER = 0.02
"""Disparity difference above which a pixel hardly counts: it moved towards the camera or away."""


@dataclass(frozen=True, eq=False)
class Glimpse:
    """A frame at about WIDTH pixels across.

    Attributes:
        picture: (height, width, 3) uint8.
        disparity: (height, width) float32, means over the pixels.
        flat: (height, width) uint8, 0 where an edge passes through the pixel, else 1.
    """

    picture: np.ndarray
    disparity: np.ndarray
    flat: np.ndarray


class Calibration(NamedTuple):
    """Disparity of one frame as another one shows it: scale * disparity + shift."""

    scale: float = 1.0
    shift: float = 0.0

    def __call__(self, disparity: Any) -> Any:
        return np.float32(self.scale) * disparity + np.float32(self.shift)

    def after(self, first: Calibration) -> Calibration:
        """This calibration applied to the result of another."""
        return Calibration(self.scale * first.scale, self.scale * first.shift + self.shift)

    def inverse(self) -> Calibration:
        return Calibration(1 / self.scale, -self.shift / self.scale)


@dataclass(frozen=True, eq=False)
class Link:
    """What connects a frame with the next one of the same shot.

    Attributes:
        forward: (height, width, 2) float32, where each small pixel goes in the next frame, in small pixels.
        backward: the same from the next frame to this one.
        calibration: from the next frame's disparity to this frame's.
    """

    forward: np.ndarray
    backward: np.ndarray
    calibration: Calibration


def glimpse(picture: np.ndarray, disparity: np.ndarray) -> Glimpse:
    """The small view of a picture (height, width, 3) uint8 and its disparity (height, width)."""
    height, width = disparity.shape
    small = min(WIDTH, width)
    size = small, max(1, round(height * small / width))
    mean = cv2.resize(disparity, size, interpolation=cv2.INTER_AREA)
    squares = cv2.resize(disparity * disparity, size, interpolation=cv2.INTER_AREA)
    flat = (squares - mean * mean < np.float32(_FLAT**2)).view(np.uint8)
    return Glimpse(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), mean, flat)


def link(earlier: Glimpse, later: Glimpse, flows: Flows | None = None) -> Link | None:
    """Connect two consecutive frames; None where there is a cut between them.

    flows: where optical flow is kept for others.
    """
    found = (flows or Flows()).between(earlier.picture, later.picture)
    if found is None:
        return None
    forward, backward, same = found
    gone = places(forward)
    there = at(later.disparity, gone)
    known = same & (earlier.flat > 0) & (at(later.flat, gone) > 0)
    return Link(forward, backward, calibrate(there[known], earlier.disparity[known]))


class Flow(NamedTuple):
    """Optical flow between two consecutive frames of one shot.

    Attributes:
        forward, backward: (height, width, 2) float32, columns and rows, see `Link`.
        same: (height, width) bool, pixels of the earlier frame that find themselves in the later one.
    """

    forward: np.ndarray
    backward: np.ndarray
    same: np.ndarray


class Flows:
    """Optical flow between consecutive frames in small, and where cuts are.

    The last ones are kept: several parts of the analysis ask for them, each some frames after the other.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, Flow | None] = {}

    def between(self, earlier: np.ndarray, later: np.ndarray) -> Flow | None:
        """Flow from one picture to the next; None where there is a cut between them.

        Both (height, width, 3) uint8.
        """
        name = b"".join(hashlib.blake2b(np.ascontiguousarray(one).data).digest() for one in (earlier, later))
        if name not in self._kept:
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[name] = _flow(earlier, later)
        return self._kept[name]


def _flow(earlier: np.ndarray, later: np.ndarray) -> Flow | None:
    if min(earlier.shape[:2]) < 16:
        forward = backward = np.zeros((*earlier.shape[:2], 2), np.float32)
    else:
        flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (earlier, later)]
        forward, backward = flow.calc(greys[0], greys[1], None), flow.calc(greys[1], greys[0], None)  # type: ignore[call-overload]
    same = alike(earlier, at(later, places(forward)))
    return None if same.mean() < _CUT_SHARE else Flow(forward, backward, same)


def calibrate(there: np.ndarray, here: np.ndarray) -> Calibration:
    """Scale and shift from one frame's disparity to another's, at pixels that show the same surfaces.

    Both (n,) float32, both with noise: the scale is the ratio of their spreads, which noise does not bias
    as it does least squares. Reweighting leaves out what moved by itself.
    """
    if len(there) < _FEWEST:
        return Calibration()
    every = -(-len(there) // _MOST)
    there, here = there[::every].astype(np.float64), here[::every].astype(np.float64)
    found = Calibration(1.0, float(np.median(here - there)))
    for _ in range(4):
        rest = here - (found.scale * there + found.shift)
        weights = 1 / (1 + (rest / _OUTLIER) ** 2) ** 2
        weights /= weights.sum()
        mean_there, mean_here = weights @ there, weights @ here
        spread = np.sqrt(weights @ (there - mean_there) ** 2), np.sqrt(weights @ (here - mean_here) ** 2)
        # Without differences in depth a scale cannot be told from a shift.
        scale = spread[1] / spread[0] if min(spread) > 0.02 else 1.0
        scale = float(np.clip(scale, 0.5, 2))
        found = Calibration(scale, float(mean_here - scale * mean_there))
    return found


def moved(values: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Another frame's values (height, width, ...) where this frame's pixels have gone, by the flow to it."""
    return at(values, places(flow))


def places(flow: np.ndarray) -> np.ndarray:
    """Where pixels have gone: column and row, (height, width, 2) float32."""
    result = flow.copy()
    result[..., 0] += np.arange(flow.shape[1], dtype=np.float32)
    result[..., 1] += np.arange(flow.shape[0], dtype=np.float32)[:, None]
    return result


def at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values (height, width, ...) at places between pixels, (height, width, 2)."""
    return cv2.remap(values, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]


def alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two pictures (height, width, 3) uint8 show the same colours, (height, width) bool."""
    return colour_difference(one, other) < _ALIKE


def colour_difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(height, width) uint8: the largest difference of any channel. Both (height, width, 3) uint8."""
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return cv2.max(cv2.max(red, green), blue)
