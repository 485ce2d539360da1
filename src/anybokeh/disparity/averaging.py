"""Disparity averaged over time, along the motion of the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from anybokeh.disparity.aligning import shrunk
from anybokeh.disparity.glimpses import Calibration, Glimpse, Link, alike, at, moved, places
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

REACH = 3
"""Frames to either side that are averaged along the motion."""
_SAME_SURFACE = 0.03
"""Disparity difference up to which two frames show the same surface."""


@dataclass(frozen=True, eq=False)
class Neighbour:
    """Another frame of the shot, as seen from this one.

    Attributes:
        offset: frames from this one, negative before.
        view: the other frame.
        flow: (height, width, 2) from this frame to the other.
        calibration: from the other frame's disparity to this one's.
    """

    offset: int
    view: Glimpse
    flow: np.ndarray
    calibration: Calibration


def neighbours(views: Sequence[Glimpse], links: Sequence[Link | None], index: int) -> list[Neighbour]:
    """The frames up to REACH before and after, as far as the shot goes.

    views: consecutive frames. links: links[i] joins frames i and i + 1.
    """
    return [
        *_walk(views, index, -1, lambda i: links[i - 1], lambda one: one.backward, _from_earlier),
        *_walk(views, index, 1, lambda i: links[i], lambda one: one.forward, _from_later),
    ]


def _walk(
    views: Sequence[Glimpse],
    index: int,
    step: int,
    link_from: Callable[[int], Link | None],
    flow_of: Callable[[Link], np.ndarray],
    calibration_of: Callable[[Link], Calibration],
) -> list[Neighbour]:
    found: list[Neighbour] = []
    flow: np.ndarray | None = None
    calibration = Calibration()
    for distance in range(1, REACH + 1):
        here, there = index + step * (distance - 1), index + step * distance
        one = link_from(here) if 0 <= there < len(views) else None
        if one is None:
            break
        flow = flow_of(one) if flow is None else flow + moved(flow_of(one), flow)
        calibration = calibration.after(calibration_of(one))
        found.append(Neighbour(step * distance, views[there], flow, calibration))
    return found


def _from_later(one: Link) -> Calibration:
    return one.calibration


def _from_earlier(one: Link) -> Calibration:
    return one.calibration.inverse()


def correction(view: Glimpse, around: Sequence[Neighbour]) -> np.ndarray:
    """What averaging over time adds to a frame's disparity, (height, width) float32 of the small view.

    Frames as far before as after count alike, and only together: whatever rises or falls steadily keeps its
    value. Pixels count where colours match along the motion and disparity is about the same.
    """
    by_offset = {one.offset: one for one in around}
    total = np.zeros_like(view.disparity)
    weights = np.ones_like(view.disparity)
    for offset in range(1, max(by_offset, default=0) + 1):
        if -offset not in by_offset:
            break
        before, weight_before = _difference(view, by_offset[-offset])
        after, weight_after = _difference(view, by_offset[offset])
        weight = np.minimum(weight_before, weight_after)
        total += weight * (before + after)
        weights += 2 * weight
    return shrunk(total / weights)


def _difference(view: Glimpse, other: Neighbour) -> tuple[np.ndarray, np.ndarray]:
    gone = places(other.flow)
    there = other.calibration(at(other.view.disparity, gone)) - view.disparity
    known = alike(view.picture, at(other.view.picture, gone)) & (view.flat > 0)
    known &= at(other.view.flat, gone) > 0
    return there, np.where(known, np.exp(-((there / np.float32(_SAME_SURFACE)) ** 2)), np.float32(0))


def corrected(
    disparity: np.ndarray, view: Glimpse, added: np.ndarray, calibration: Calibration, crew: Crew
) -> np.ndarray:
    """A frame's disparity (height, width) with its calibration, then its small view's correction.

    Pixels take the correction of the small pixels around that show the same surface, so edges stay as sharp
    as they are. The result is the same array where there is nothing to do.

    view: after the calibration.
    """
    if not added.any() and calibration == Calibration():
        return disparity
    result = np.empty_like(disparity)
    crew.run(_add, disparity, view.disparity, added, _SAME_SURFACE, calibration, result)
    return result


@kernel()
def _add(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    small: np.ndarray,
    added: np.ndarray,
    spread: float,
    calibration: Calibration,
    result: np.ndarray,
) -> None:
    scale, shift = calibration
    height, width = disparity.shape
    small_height, small_width = small.shape
    lefts, shares = np.empty(width, np.int64), np.empty(width, np.float32)
    for x in range(width):
        u = min(max((x + 0.5) * small_width / width - 0.5, 0.0), small_width - 1.0)
        lefts[x] = int(u)
        shares[x] = np.float32(u - lefts[x])
    for y in range(thread, height, threads):
        v = min(max((y + 0.5) * small_height / height - 0.5, 0.0), small_height - 1.0)
        top = int(v)
        down = np.float32(v - top)
        for x in range(width):
            left, across = lefts[x], shares[x]
            own = np.float32(scale) * disparity[y, x] + np.float32(shift)
            total, weights = np.float32(0), np.float32(1e-6)
            for i in range(2):
                for j in range(2):
                    row, column = min(top + i, small_height - 1), min(left + j, small_width - 1)
                    if abs(small[row, column] - own) < np.float32(spread):
                        weight = abs(np.float32(1 - i) - down) * abs(np.float32(1 - j) - across)
                        total += weight * added[row, column]
                        weights += weight
            result[y, x] = min(max(own + total / weights, np.float32(0)), np.float32(1))
