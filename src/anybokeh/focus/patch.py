"""Following a patch of grey pictures from frame to frame, and finding it again."""

from __future__ import annotations

import cv2
import numpy as np

# Half the side of the patch that is followed, as a share of the width.
_PATCH = 0.04
_WINDOW = (31, 31)
_LEVELS = 4
# Pixels that a corner may miss its start by when followed there and back.
_LARGEST_RETURN = 2.0
# Mean difference in grey levels between a corner's surroundings before and after.
_LARGEST_UNLIKE = 25.0
# A corner or two may agree by chance after a cut; a surface keeps a good share of its corners.
_SMALLEST_SHARE = 0.2
_FEWEST = 4
_ENOUGH = 10
# Correlation with the point's former surroundings at which it is found again, and by how much that must
# exceed any other place's: repeated texture proves nothing.
_FOUND_AGAIN, _DISTINCT = 0.85, 0.08
# Standard deviation in grey levels below which surroundings could be anywhere.
_TEXTURE = 6.0
# Frames from one look at the surroundings to the next.
_LOOKS = 8


class PatchTracker:
    """The patch being followed: its centre, and corners with their offsets from it."""

    def __init__(self, grey: np.ndarray, position: np.ndarray) -> None:
        self.position = position
        self._grey = grey
        self._reach = max(4.0, _PATCH * grey.shape[1])
        self._lost = False
        self._corners = self._find_corners()
        self._offsets = self._corners - position
        self._first_look = self._last_look = self._next_look = self._surroundings()
        self._steps = 0

    def step(self, grey: np.ndarray) -> tuple[np.ndarray, bool]:
        """Follow into the next frame: position (2,) in pixels, and whether the point is seen."""
        if self._lost:
            self._look_for(grey)
        else:
            self._follow(grey)
            self._grey = grey
            self._steps += 1
            # not in the very last frames before it is lost, when it may be half covered
            if not self._lost and self._steps % _LOOKS == 0:
                self._last_look, self._next_look = self._next_look, self._surroundings()
        return self.position, not self._lost

    def _surroundings(self) -> tuple[np.ndarray, np.ndarray]:
        """What the point's surroundings look like, and where in that the point is."""
        reach = round(self._reach)
        column, row = (int(v) for v in self.position)
        left, top = max(0, column - reach), max(0, row - reach)
        patch = self._grey[top : row + reach + 1, left : column + reach + 1].copy()
        return patch, self.position - (left, top)

    def _look_for(self, grey: np.ndarray) -> None:
        for patch, offset in (self._last_look, self._first_look):
            if patch.std() < _TEXTURE or min(patch.shape) < 5:
                continue
            likeness = cv2.matchTemplate(grey, patch, cv2.TM_CCOEFF_NORMED)
            _, best, _, (left, top) = cv2.minMaxLoc(likeness)
            if not best >= _FOUND_AGAIN:
                continue
            height, width = (side // 2 for side in patch.shape)
            likeness[max(0, top - height) : top + height + 1, max(0, left - width) : left + width + 1] = -1
            if likeness.max() <= best - _DISTINCT:
                self.position = (np.array([left, top]) + offset).astype(np.float32)
                self._grey, self._lost = grey, False
                self._corners = self._find_corners()
                self._offsets = self._corners - self.position
                self._next_look = self._last_look
                return

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
