"""Focus on a point that is followed through the clip."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.disparity.files import DisparitySource
from anybokeh.disparity.guide import eight_bit
from anybokeh.errors import InputError
from anybokeh.focus.steady import bridge, steady

# Following happens on pictures of this width: fast, and large motions stay within reach.
TRACKED_WIDTH = 480
# Half the sides of the patches that are followed and whose disparity counts, as shares of the width.
_PATCH = 0.04
_MEASURED = 0.006
_WINDOW = (31, 31)
_LEVELS = 4
# Pixels of TRACKED_WIDTH pictures that a corner may miss its start by when followed there and back.
_LARGEST_RETURN = 2.0
# Mean difference in grey levels between a corner's surroundings before and after.
_LARGEST_UNLIKE = 25.0
# A corner or two may agree by chance after a cut; a surface keeps a good share of its corners.
_SMALLEST_SHARE = 0.2
_FEWEST = 4
_ENOUGH = 10
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
    first: int = 0

    @property
    def note(self) -> str | None:
        """One line for the user when the point was lost, else None."""
        seen = np.flatnonzero(self.seen)
        if seen[0] == 0 and seen[-1] == len(self.seen) - 1:
            return None
        return (
            f"the point could be followed from frame {self.first + seen[0]} to {self.first + seen[-1]} only; "
            "before and after, its focus is held"
        )


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
    to the start; once too few are left the point counts as lost. Raises InputError without a frame `at`.
    """
    ahead: list[tuple[np.ndarray, bool]] = []
    tracker: _Tracker | None = None
    with tempfile.TemporaryFile() as spool:
        # Frames before the point wait on disk: they are needed backwards, and may be many.
        for index, grey in enumerate(greys):
            if index < at:
                spool.write(np.ascontiguousarray(grey, np.uint8).tobytes())
            elif index == at:
                size = np.array(grey.shape[::-1], np.float32)
                position = np.minimum(np.array(point, np.float32) * size, size - 1)
                start, tracker = grey, _Tracker(grey, position)
                ahead.append((tracker.position, True))
            else:
                assert tracker is not None
                ahead.append(tracker.step(grey))
        if tracker is None:
            raise InputError(f"a point is given for frame {first + at} but the clip ends before")
        back = _Tracker(start, position)
        behind = [back.step(grey) for grey in _backwards(spool, at, start.shape)]
    track = behind[::-1] + ahead
    positions = np.stack([position for position, _ in track]) / size
    seen = np.array([seen for _, seen in track])
    return Trajectory(at, positions.clip(0, 1).astype(np.float32), seen, first)


def focus_along(disparity: DisparitySource, trajectory: Trajectory, *, threads: int = 2) -> PointTrack:
    """Focus by the median disparity around the point: steady, held where the point was lost.

    A jump of the disparity from one frame to the next also counts as lost: the corners have slipped to what
    lies behind, or something has come before the point.
    """

    def measure(index: int) -> float:
        if not trajectory.seen[index]:
            return np.nan
        return disparity_at(disparity.read(trajectory.first + index), *trajectory.positions[index])

    with ThreadPoolExecutor(min(threads, os.cpu_count() or 1)) as pool:
        measured = np.array(list(pool.map(measure, range(len(trajectory.seen)))))
    at = trajectory.at
    measured[at:] = _until_jump(measured[at:])
    measured[at::-1] = _until_jump(measured[at::-1])
    focus = steady(bridge(measured)).clip(0, 1).astype(np.float32)
    return PointTrack(focus, ~np.isnan(measured), trajectory.first)


def _until_jump(measured: np.ndarray) -> np.ndarray:
    """The values up to the first lasting jump, NaN from there on and where a single frame jumps."""
    result = measured.copy()
    last = measured[0]
    for index in range(1, len(measured)):
        if abs(measured[index] - last) <= _LARGEST_JUMP:
            last = measured[index]
            continue
        result[index] = np.nan
        returns = index + 1 < len(measured) and abs(measured[index + 1] - last) <= _LARGEST_JUMP
        if not returns:
            result[index:] = np.nan
            break
    return result


def disparity_at(disparity: np.ndarray, x: float, y: float) -> float:
    """Median of (height, width) disparity around a point given as shares of width and height."""
    height, width = disparity.shape
    reach = max(1, round(_MEASURED * width))
    column, row = min(int(x * width), width - 1), min(int(y * height), height - 1)
    around = disparity[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    return float(np.median(around))


class _Tracker:
    """The patch being followed: its centre, and corners with their offsets from it."""

    def __init__(self, grey: np.ndarray, position: np.ndarray) -> None:
        self.position = position
        self._grey = grey
        self._reach = max(4.0, _PATCH * grey.shape[1])
        self._lost = False
        self._corners = self._find_corners()
        self._offsets = self._corners - position

    def step(self, grey: np.ndarray) -> tuple[np.ndarray, bool]:
        """Follow into the next frame: position (2,) in pixels, and whether the point is still seen."""
        if not self._lost:
            self._follow(grey)
            self._grey = grey
        return self.position, not self._lost

    def _follow(self, grey: np.ndarray) -> None:
        settings = {"winSize": _WINDOW, "maxLevel": _LEVELS}
        there, found, unlike = cv2.calcOpticalFlowPyrLK(
            self._grey, grey, self._corners, np.empty_like(self._corners), **settings
        )
        back, found_back, _ = cv2.calcOpticalFlowPyrLK(
            grey, self._grey, there, np.empty_like(there), **settings
        )
        returned = np.linalg.norm(back - self._corners, axis=1) < _LARGEST_RETURN
        good = (
            (found.ravel() == 1) & (found_back.ravel() == 1) & returned & (unlike.ravel() < _LARGEST_UNLIKE)
        )
        # Each corner votes for the centre; corners of another surface inside the patch are outvoted.
        votes = there - self._offsets
        if good.sum() >= _FEWEST:
            centre = np.median(votes[good], axis=0)
            good &= np.linalg.norm(votes - centre, axis=1) < self._reach / 2
        if good.sum() < max(_FEWEST, _SMALLEST_SHARE * len(good)):
            self._lost = True
            return
        centre = np.median(votes[good], axis=0).astype(np.float32)
        self._lost = not np.all((centre >= 0) & (centre < grey.shape[::-1]))
        if self._lost:
            return
        self.position = centre
        self._corners, self._offsets = there[good], self._offsets[good]
        if len(self._corners) < _ENOUGH:
            self._grey = grey
            self._corners = self._find_corners()
            self._offsets = self._corners - centre

    def _find_corners(self) -> np.ndarray:
        """(n, 2) float32: corners inside the patch, and a grid over it where it has too few."""
        patch = np.zeros(self._grey.shape, np.uint8)
        x, y = (int(v) for v in self.position)
        cv2.circle(patch, (x, y), round(self._reach), 255, -1)
        corners = cv2.goodFeaturesToTrack(self._grey, 40, 0.02, 2, mask=patch)
        found = np.zeros((0, 2), np.float32) if corners is None else corners.reshape(-1, 2)
        if len(found) >= _ENOUGH:
            return found
        steps = np.linspace(-0.7, 0.7, 5, dtype=np.float32) * self._reach
        grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) + self.position
        return np.concatenate([found, grid]).astype(np.float32)


def _backwards(spool, count: int, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    bytes_each = int(np.prod(shape))
    for index in reversed(range(count)):
        spool.seek(index * bytes_each)
        yield np.frombuffer(spool.read(bytes_each), np.uint8).reshape(shape)
