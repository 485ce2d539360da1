"""Parallax: how far a moving camera shifts what is nearer or farther than the dominant plane.

The flow that is left after the dominant motion points one way in all of a frame, in proportion to the
camera's own way and to disparity less that of the dominant plane ("plane plus parallax", Irani and Anandan,
ECCV 1996). So the residuals of the frames around, brought to one frame along the flow and with the tilt of
the dominant plane put back, are a matrix of rank one: its first right singular vector gives the order in
depth up to its sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from anybokeh.subject.motion import Link, along, of_homography

CELL = 5
"""Pixels of the small view across one cell of a parallax map."""
_LARGEST = 32.0
"""Pixels a frame beyond which a homography has its horizon in the picture, or flow is lost."""


@dataclass(frozen=True, eq=False)
class Shift:
    """What a link shows in cells, each map (rows, columns, ...) float32.

    Attributes:
        forward, backward: the link's flows, in cells.
        after, before: flow less the dominant motion in pixels, and a third channel with the share of the
            cell that is background; from the first frame, and from the second.
        bend_after, bend_before: (2, 2) Jacobians of the dominant flow at the middle, pixels a cell.
    """

    forward: np.ndarray
    backward: np.ndarray
    after: np.ndarray
    before: np.ndarray
    bend_after: np.ndarray
    bend_before: np.ndarray


def map_shape(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the parallax map of a small view."""
    return max(1, height // CELL), max(1, width // CELL)


def shift(link: Link, first: np.ndarray, second: np.ndarray) -> Shift:
    """Pool a link; first and second are (height, width) shares of the subject in its two frames."""
    forward, after = _pooled(link.forward, link.dominant, first)
    inverse = np.linalg.inv(link.dominant)
    backward, before = _pooled(link.backward, inverse, second)
    height, width = first.shape
    bends = (_bend(each, width / 2, height / 2) for each in (link.dominant, inverse))
    return Shift(forward, backward, after, before, *bends)


def _bend(homography: np.ndarray, x: float, y: float) -> np.ndarray:
    *there, depth = homography @ [x, y, 1]
    if abs(depth) < 0.1:
        return np.zeros((2, 2), np.float32)
    jacobian = (homography[:2, :2] - np.outer(there, homography[2, :2]) / depth) / depth
    return np.clip(CELL * (jacobian - np.eye(2)), -1, 1).astype(np.float32)


def _pooled(flow: np.ndarray, dominant: np.ndarray, subject: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = subject.shape
    rows, columns = map_shape(height, width)
    free = np.clip(1 - 2 * subject, 0, 1).astype(np.float32)
    with np.errstate(all="ignore"):
        rest = flow - of_homography(dominant, width, height)
    rest = np.clip(np.nan_to_num(rest), -_LARGEST, _LARGEST) * free[..., None]
    size = columns, rows
    pooled = cv2.resize(np.dstack([rest, free]), size, interpolation=cv2.INTER_AREA)
    pooled[..., :2] /= np.maximum(pooled[..., 2:], 1e-3)
    cells = np.array([columns / width, rows / height], np.float32)
    return cv2.resize(flow, size, interpolation=cv2.INTER_AREA) * cells, pooled


def parallax(before: Sequence[Shift], after: Sequence[Shift], former: np.ndarray | None) -> np.ndarray | None:
    """Parallax (rows, columns) float32 of one frame in pixels; None without neighbours.

    before, after: links of the shot that lead to the frame and away from it, the nearest first. former: the
    frame before's parallax, which settles the sign. The unit is a pixel of the small view, root of the sum of
    squares over the links; the background's mean is 0.
    """
    found = [(-rest, weight, place, -bend) for rest, weight, place, bend in _brought(before, "before")]
    found += _brought(after, "after")
    if not found:
        return None
    rests, weights, places, bends = (np.stack(each) for each in zip(*found, strict=True))
    direction, _ = _rank_one(rests, weights)
    tilts = _tilts(direction, bends)  # (links, 2), pixels a cell
    shears = (places @ tilts[:, None, :, None]) * _unit(direction)[:, None, None]
    direction, result = _rank_one(rests + shears, weights)
    seen = np.tensordot((direction**2).sum(axis=1), weights, 1)
    result = _filled((result / np.maximum(seen, 1e-3)).astype(np.float32), seen.astype(np.float32))
    if former is not None and before and (along(former, before[0].backward) * result).sum() < 0:
        result = -result
    return result


def _rank_one(rests: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each link's way (links, 2), of length 1 in all, and the weighted sum of rests along it.

    rests: (links, rows, columns, 2). weights: (links, rows, columns).
    """
    weighted = weights[..., None]
    means = (rests * weighted).sum(axis=(1, 2), keepdims=True) / (
        weighted.sum(axis=(1, 2), keepdims=True) + 1e-3
    )
    matrix = ((rests - means) * weighted).transpose(0, 3, 1, 2).reshape(2 * len(rests), -1)
    direction = np.linalg.eigh(matrix @ matrix.T)[1][:, -1]
    return direction.reshape(-1, 2), (direction @ matrix).reshape(weights.shape[1:])


def _unit(direction: np.ndarray) -> np.ndarray:
    return direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)


def _tilts(direction: np.ndarray, bends: np.ndarray) -> np.ndarray:
    """The part of each dominant motion (links, 2) that is parallax of a tilted plane.

    The camera's roll and zoom show across its way, where no parallax is; what the motion along the way has
    beyond these is the plane's gradient of disparity. bends: (links, 2, 2) Jacobians of the dominant flow.
    """
    (ex, ey) = _unit(direction).T
    ones, turned = np.stack([ex, ey], axis=1), np.stack([-ey, ex], axis=1)
    across = (turned[:, None] @ bends)[:, 0]
    zoom, roll = (across * turned).sum(axis=1), (across * ones).sum(axis=1)
    own = (ones[:, None] @ bends)[:, 0]
    return own - zoom[:, None] * ones + roll[:, None] * turned


def _brought(
    links: Sequence[Shift], side: str
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Rest, weight and place of ever farther frames at one frame's cells, and how the dominant flow bends."""
    result, way = [], None
    for one in links:
        if side == "after":
            flow, values, bend = one.forward, one.after, one.bend_after
        else:
            flow, values, bend = one.backward, one.before, one.bend_before
        if way is None:
            way = np.zeros_like(flow)
        rows, columns = flow.shape[:2]
        place = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).astype(np.float32) + way
        values = along(values, way)
        result.append((values[..., :2], values[..., 2], place, bend))
        way = way + along(flow, way)
    return result


def _filled(values: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Values where something was seen, and around the subject what is next to it."""
    sigma = max(values.shape) / 16
    total = cv2.GaussianBlur(seen, (0, 0), sigma)
    around = cv2.GaussianBlur(values * seen, (0, 0), sigma) / np.maximum(total, 1e-3)
    trust = np.clip(seen * 2, 0, 1)
    return trust * values + (1 - trust) * around
