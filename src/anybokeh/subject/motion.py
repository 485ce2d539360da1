"""What moves by itself: optical flow, the dominant motion, and what departs from it.

Dense flow is OpenCV's DIS (Kroeger et al., ECCV 2016). The dominant motion is a homography: exact for a
camera that turns or zooms, and for a flat or distant background.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from anybokeh.subject.views import View

_SMALLEST = 24
"""Pixels across below which nothing is seen to move."""
_GRID = 8
_REACH = 1.0
"""Pixels that a point may stray from the dominant motion and still take part in it."""
_ALIKE = 24
"""Levels of grey by which a pixel may change on its way to the next frame."""
_CUT_SHARE = 0.5
"""Share of pixels that find themselves in the other frame, below which there is a cut between."""
_TOLERANCE, _SOFTNESS = 14.0, 12.0
"""Levels by which a pixel may differ from the background, and over how many more doubt grows to certainty."""
_STANDS = 0.7
"""Pixels a frame by which the corners of a camera that stands may move: hands tremble."""
_CROSS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class Link:
    """What connects a frame with the next one of the same shot.

    Attributes:
        forward: (height, width, 2) float32, where each pixel goes in the next frame, in pixels.
        backward: the same from the next frame to this one.
        dominant: (3, 3) homography from this frame's pixels to the next one's.
    """

    forward: np.ndarray
    backward: np.ndarray
    dominant: np.ndarray


def link(first: View, second: View, subject: np.ndarray | None = None) -> Link | None:
    """Connect two consecutive frames; None when there is a cut between them.

    subject: (height, width) share of the subject in the first, which takes no part in the dominant motion.
    """
    forward = _flow(first.grey, second.grey)
    if _is_cut(first, second, forward):
        return None
    return Link(forward, _flow(second.grey, first.grey), _dominant(forward, subject))


def _flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Where each pixel of the first (height, width) uint8 goes in the second: (height, width, 2) float32."""
    still = np.zeros((*first.shape, 2), np.float32)
    if min(first.shape) < _SMALLEST:
        return still
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(first, second, still)


def _is_cut(first: View, second: View, forward: np.ndarray) -> bool:
    if first.is_blank or second.is_blank:
        return first.is_blank != second.is_blank
    # a fade or a flash is no cut
    gain = float(np.clip(first.grey.mean() / max(second.grey.mean(), 1), 0.4, 2.5))
    registered = cv2.convertScaleAbs(along(second.picture, forward), alpha=gain)
    found = cv2.absdiff(registered, first.picture).max(axis=2) <= _ALIKE
    # what left the frame could not be found
    height, width = first.grey.shape
    rows, columns = _places(height, width)
    x, y = columns + forward[..., 0], rows + forward[..., 1]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return inside.mean() < _CUT_SHARE or found[inside].mean() < _CUT_SHARE


def _dominant(forward: np.ndarray, subject: np.ndarray | None) -> np.ndarray:
    height, width = forward.shape[:2]
    rows, columns = (
        axis.ravel() for axis in np.mgrid[_GRID // 2 : height : _GRID, _GRID // 2 : width : _GRID]
    )
    if subject is not None and len(rows):
        outside = subject[rows, columns] < 0.5
        # a subject that fills the picture leaves too little to tell from
        if outside.mean() > 0.25:
            rows, columns = rows[outside], columns[outside]
    if len(rows) < 8:
        return np.eye(3)
    start = np.stack([columns, rows], axis=1).astype(np.float32)
    cv2.setRNGSeed(0)
    found, _ = cv2.findHomography(start, start + forward[rows, columns], cv2.RANSAC, _REACH, maxIters=200)
    if found is None or not 0.5 < abs(np.linalg.det(found)) < 2:
        return np.eye(3)
    return found


@lru_cache(maxsize=4)
def _places(height: int, width: int) -> np.ndarray:
    """(2, height, width) float32, row and column of every pixel; never written to."""
    places = np.mgrid[0:height, 0:width].astype(np.float32)
    places.flags.writeable = False
    return places


def along(values: np.ndarray, flow: np.ndarray, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Values at the places that the flow (height, width, 2) points to."""
    rows, columns = _places(*flow.shape[:2])
    return cv2.remap(
        values,
        columns + flow[..., 0],
        rows + flow[..., 1],
        interpolation,
        borderMode=cv2.BORDER_REPLICATE,
    )


def of_homography(homography: np.ndarray, width: int, height: int) -> np.ndarray:
    """The flow (height, width, 2) float32 of a homography (3, 3)."""
    rows, columns = _places(height, width)
    x, y, z = (
        np.float32(a) * columns + np.float32(b) * rows + np.float32(c) for a, b, c in homography.tolist()
    )
    return np.stack([x / z - columns, y / z - rows], axis=-1)


def stands(before: Link | None, after: Link | None) -> bool:
    """Whether the camera stands still from frame to frame, as far as can be seen."""
    return all(_shift(one) < _STANDS for one in (before, after) if one is not None)


def _shift(link: Link) -> float:
    """Pixels by which the dominant motion shifts the corners, at most."""
    height, width = link.forward.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64).T
    x, y, z = link.dominant @ corners
    return float(np.hypot(x / z - corners[0], y / z - corners[1]).max())


def departure(before: Link | None, after: Link | None) -> np.ndarray | None:
    """Pixels by which each pixel departs from the dominant motion; None where nothing tells.

    before: the link that leads to the frame; after: the one that leaves it. Where both exist the smaller
    counts: what is covered in one direction is seen in the other.
    """
    found = []
    if before is not None:
        height, width = before.backward.shape[:2]
        found.append(before.backward - of_homography(np.linalg.inv(before.dominant), width, height))
    if after is not None:
        height, width = after.forward.shape[:2]
        found.append(after.forward - of_homography(after.dominant, width, height))
    lengths = [cv2.magnitude(flow[..., 0], flow[..., 1]) for flow in found]
    return np.minimum.reduce(lengths) if lengths else None


def strangeness(picture: np.ndarray, others: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray | None:
    """Share of other frames in which a pixel does not have its colour; None without other frames.

    picture: (height, width, 3) uint8. others: pictures with the homography (3, 3) from this frame's pixels to
    theirs. A pixel of the background has its colour in all of them, one of something that moves in few.
    Colours may come from the eight pixels around: registration is not exact.
    """
    height, width = picture.shape[:2]
    result = np.zeros((height, width), np.float32)
    for other, homography in others:
        registered = cv2.warpPerspective(
            other,
            homography,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        above = cv2.subtract(picture, cv2.dilate(registered, _CROSS))
        below = cv2.subtract(cv2.erode(registered, _CROSS), picture)
        first, second, third = cv2.split(cv2.max(above, below))
        difference = cv2.max(cv2.max(first, second), third).astype(np.float32)
        result += np.clip((difference - (_TOLERANCE - _SOFTNESS / 2)) * (1 / _SOFTNESS), 0, 1)
    return result / len(others) if others else None
