"""Frames that a depth network looks at: where much is seen that the last one does not show, and now and then.

Choosing needs pictures alone, so it does not depend on the network, nor on when its maps come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.disparity.glimpses import alike, at, moved, places

_FEWEST = 16
"""Pixels of the shorter side below which no motion is looked for."""


@dataclass(frozen=True)
class KeyFrameSettings:
    """Which frames are key frames.

    Attributes:
        longest: frames from one key frame to the next at most.
        unseen: share of a picture that the last key frame does not show, above which there is a new one.
        cut: share of a picture that the frame before does not show, above which there is a cut between.
        width: pixels across the small pictures in which motion is looked for.
    """

    longest: int = 12
    unseen: float = 0.2
    cut: float = 0.5
    width: int = 512


@dataclass(frozen=True, eq=False)
class Moment:
    """A frame on its way to its map. Flows are (height, width, 2) float32 in small pixels.

    Attributes:
        picture: (height, width, 3) uint8, small.
        is_key: whether the network looks at it.
        is_first: whether a shot begins with it.
        from_before: where the pixels of the frame before have gone in this one.
        to_key: where this frame's pixels were in the last key frame, for a key frame in the one before it.
    """

    picture: np.ndarray
    is_key: bool
    is_first: bool
    from_before: np.ndarray
    to_key: np.ndarray


def moments(
    pictures: Iterable[np.ndarray], settings: KeyFrameSettings
) -> Iterator[tuple[np.ndarray, Moment]]:
    """Every picture (height, width, 3) uint8 as it came, and its moment. The first is a key frame."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    before: Moment | None = None
    key, since = np.empty(0, np.uint8), 0
    for picture in pictures:
        small = _small(picture, settings.width)
        back = forth = to_key = np.zeros((*small.shape[:2], 2), np.float32)
        if before is not None and min(small.shape[:2]) >= _FEWEST:
            greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (before.picture, small)]
            forth, back = flow.calc(*greys, None), flow.calc(*greys[::-1], None)  # type: ignore[call-overload]
            to_key = back if before.is_key else back + moved(before.to_key, back)
        since += 1
        is_first = before is None or _unseen(small, before.picture, back) > settings.cut
        is_key = is_first or since >= settings.longest or _unseen(small, key, to_key) > settings.unseen
        if is_key:
            key, since = small, 0
        before = Moment(small, is_key, is_first, forth, to_key)
        yield picture, before


def _unseen(picture: np.ndarray, other: np.ndarray, flow: np.ndarray) -> float:
    """Share of a picture that is not found in another, by the flow to it."""
    there = places(flow)
    return 1 - float((alike(picture, at(other, there)) & is_inside(there)).mean())


def is_inside(there: np.ndarray) -> np.ndarray:
    """Which places (height, width, 2) lie in a picture (height, width)."""
    height, width = there.shape[:2]
    across, down = there[..., 0], there[..., 1]
    return (across > -1) & (across < width) & (down > -1) & (down < height)


def _small(picture: np.ndarray, width: int) -> np.ndarray:
    if picture.shape[1] <= width:
        return picture
    size = width, max(1, round(picture.shape[0] * width / picture.shape[1]))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
