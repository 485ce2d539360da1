"""Focus on a point that is followed through the clip."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity.files import DisparitySource
from anybokeh.errors import InputError
from anybokeh.filters.smoothing import bridge, steady
from anybokeh.focus.patch import PatchTracker

# Following happens on pictures of this width: fast, and large motions stay within reach.
TRACKED_WIDTH = 480
# Half the side of the patch whose disparity counts, as a share of the width.
_MEASURED = 0.006
# Disparity that a surface may gain or lose from one frame to the next.
_LARGEST_JUMP = 0.1


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Where a point was in each frame.

    at: index among these frames of the one in which it was given. positions: (frames, 2) float32 x and y as
    shares of the frame's width and height. seen: (frames,) bool, False where the point was lost and its last
    position is held. first: the first frame's index in the clip.
    """

    at: int
    positions: np.ndarray
    seen: np.ndarray
    first: int = 0


@dataclass(frozen=True, eq=False)
class PointTrack:
    """Focus (frames,) float32 on a followed point, and (frames,) bool where the point was seen."""

    focus: np.ndarray
    seen: np.ndarray


def small_grey(frame: np.ndarray) -> np.ndarray:
    """An RGB frame (height, width, 3) for `follow_point`: (h, w) uint8, 480 wide or less."""
    height, width = frame.shape[:2]
    if width > TRACKED_WIDTH:
        size = (TRACKED_WIDTH, max(1, round(height * TRACKED_WIDTH / width)))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(eight_bit(frame), cv2.COLOR_RGB2GRAY)


def follow_point(
    greys: Iterable[np.ndarray], point: tuple[float, float], at: int, *, first: int = 0
) -> Trajectory:
    """Follow a point forwards and backwards through the clip.

    greys: consecutive frames in order, (h, w) uint8 of one size; read once and not kept. point: x and y in
    the frame at index `at` of them, as shares of width and height. first: index of their first in the clip.
    Corners around the point are followed by pyramidal Lucas-Kanade and kept where following them back returns
    to the start; once too few are left the point counts as lost, as behind an obstacle or after a cut. It is
    found again where its former surroundings appear. Raises InputError without a frame `at`.
    """
    ahead: list[tuple[np.ndarray, bool]] = []
    tracker: PatchTracker | None = None
    with tempfile.TemporaryFile() as spool:
        # Frames before the point wait on disk: they are needed backwards, and may be many.
        for index, grey in enumerate(greys):
            if index < at:
                spool.write(np.ascontiguousarray(grey, np.uint8).tobytes())
            elif index == at:
                size = np.array(grey.shape[::-1], np.float32)
                position = np.minimum(np.array(point, np.float32) * size, size - 1)
                start, tracker = grey, PatchTracker(grey, position)
                ahead.append((tracker.position, True))
            else:
                assert tracker is not None
                ahead.append(tracker.step(grey))
        if tracker is None:
            raise InputError(f"a point is given for frame {first + at} but the clip ends before")
        back = PatchTracker(start, position)
        behind = [back.step(grey) for grey in _backwards(spool, at, start.shape)]
    track = behind[::-1] + ahead
    positions = np.stack([position for position, _ in track]) / size
    seen = np.array([seen for _, seen in track])
    return Trajectory(at, positions.clip(0, 1).astype(np.float32), seen, first)


def focus_along(disparity: DisparitySource, trajectory: Trajectory, *, threads: int = 2) -> PointTrack:
    """Focus by the median disparity around the point: steady, held where the point was lost.

    A jump of the disparity from one frame to the next also counts as lost, until it comes back: the corners
    have slipped to what lies behind, or something has come before the point.
    """

    def measure(index: int) -> float:
        if not trajectory.seen[index]:
            return np.nan
        return disparity_at(disparity.read(trajectory.first + index), *trajectory.positions[index])

    with ThreadPoolExecutor(min(threads, os.cpu_count() or 1)) as pool:
        measured = np.array(list(pool.map(measure, range(len(trajectory.seen)))))
    at = trajectory.at
    measured[at:] = _without_slips(measured[at:], trajectory.seen[at:])
    measured[at::-1] = _without_slips(measured[at::-1], trajectory.seen[at::-1])
    focus = steady(bridge(measured)).clip(0, 1).astype(np.float32)
    return PointTrack(focus, ~np.isnan(measured))


def _without_slips(measured: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The values with NaN where they jumped away from what they were; after a gap they may be anything."""
    result = measured.copy()
    last = measured[0]
    for index in range(1, len(measured)):
        known = np.isnan(last) or not seen[index - 1] or abs(measured[index] - last) <= _LARGEST_JUMP
        if seen[index] and known:
            last = measured[index]
        else:
            result[index] = np.nan
    return result


def disparity_at(disparity: np.ndarray, x: float, y: float) -> float:
    """Median of (height, width) disparity around a point given as shares of width and height."""
    height, width = disparity.shape
    reach = max(1, round(_MEASURED * width))
    column, row = min(int(x * width), width - 1), min(int(y * height), height - 1)
    around = disparity[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    return float(np.median(around))


def _backwards(spool, count: int, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    bytes_each = int(np.prod(shape))
    for index in reversed(range(count)):
        spool.seek(index * bytes_each)
        yield np.frombuffer(spool.read(bytes_each), np.uint8).reshape(shape)
