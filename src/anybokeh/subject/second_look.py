"""A second look, from close, at what moves by itself and did not stand out in the whole picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from anybokeh.subject.saliency import Saliency
from anybokeh.subject.views import View

SMALL = 0.006
"""Least area of what is looked at again, as a share of the picture."""
_LOOKS = 2
"""How many things are looked at from close in one picture, at most: the network is slow."""
_OVERLOOKED = 0.25
"""Mean share below which something was not found."""
_SEEN = 0.4
"""Share of what is seen from close that must move, and of what moves that must be seen."""
_RIM = 9
"""Pixels across that its outline may lie from that of what moves."""
_AROUND = 0.4
"""Surroundings that are shown with it, as a share of its longer side."""
_LEAST = 0.25
"""Sides of the part that is looked at, as a share of the picture's, at least."""


def look_again(view: View, saliency: Saliency, found: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """What was found, and what is seen from close of that which moves.

    found: (height, width) in [0, 1]. apart: (height, width) of 0 and 1, where something moves by itself.
    """
    for part in _overlooked(found, apart):
        place = _place(part)
        closer = _from_close(view, saliency, place)
        both = float(np.minimum(closer, part[place]).sum())
        if both > _SEEN * float(closer.sum()) and both > _SEEN * float(part.sum()):
            # others who stand around it are no part of it
            own = cv2.dilate(part.astype(np.float32), np.ones((_RIM, _RIM), np.uint8))[place]
            found = found.copy()
            found[place] = np.maximum(found[place], closer * own)
    return found


def _overlooked(found: np.ndarray, apart: np.ndarray) -> Iterator[np.ndarray]:
    """Masks (height, width) bool of the largest moving parts that were not found."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8))
    areas = stats[:count, cv2.CC_STAT_AREA]
    masks = (np.asarray(parts) == 1 + index for index in np.argsort(-areas[1:]).tolist())
    unseen = (mask for mask in masks if float(found[mask].mean()) < _OVERLOOKED)
    for _, mask in zip(range(_LOOKS), unseen, strict=False):
        yield mask


def _place(part: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns around a mask, with surroundings."""
    rows, columns = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
    around = _AROUND * max(np.ptp(rows), np.ptp(columns))
    result = []
    for places, side in ((rows, part.shape[0]), (columns, part.shape[1])):
        reach = max(np.ptp(places) / 2 + around, _LEAST * side / 2)
        middle = (places[0] + places[-1]) / 2
        result.append(slice(max(0, round(middle - reach)), min(side, round(middle + reach) + 1)))
    return result[0], result[1]


def _from_close(view: View, saliency: Saliency, place: tuple[slice, slice]) -> np.ndarray:
    """What stands out in a part of the picture, in the small view's pixels."""
    scale = np.array(view.close.shape[:2]) / view.grey.shape
    rows, columns = (
        slice(round(one.start * by), max(round(one.stop * by), round(one.start * by) + 1))
        for one, by in zip(place, scale.tolist(), strict=True)
    )
    found = saliency(np.ascontiguousarray(view.close[rows, columns]))
    height, width = (one.stop - one.start for one in place)
    return cv2.resize(found, (width, height), None, 0, 0, cv2.INTER_AREA)
