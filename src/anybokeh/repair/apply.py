"""From what the networks say to disparity and light; only pixels that change are touched."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.repair.config import RepairConfig
from anybokeh.repair.evidence import GRID_WIDTH, REACH, Evidence, extremes, gather_evidence
from anybokeh.repair.lamps import CLIPPED, CLIPPED_FROM, find_spots
from anybokeh.repair.perceptron import Perceptron

LARGEST_GRID = 640
"""Width up to which outlines are judged at full size; larger pictures are judged smaller, and stay sharp."""
LEAST = 0.02
"""Smaller changes, as a share of the step between near and far, are dropped; right pixels keep their bits."""
NEXT = 0.3
"""Share of the step that a neighbour may lie off the surface that a pixel goes to."""
TOUCHING = 0.05
"""Share of the pixels of a patch that are on that surface already or have such a neighbour, at least."""
KEPT = 0.5
"""Share of the step up to which pixels of the farther surface keep their disparity."""
HARD = 0.26, 0.34
"""Hardness of outlines up to which disparity is that of a network, and from which it may be exact."""
MOST_ODDS = 8.0
"""Log-odds beyond which pixels say no more to their neighbours."""


def repaired_disparity(
    frame: np.ndarray, given: np.ndarray, loose: np.ndarray, network: Perceptron, config: RepairConfig
) -> np.ndarray:
    """Disparity with pixels given to the right side of outlines.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        given: (height, width) float32 in [0, 1].
        loose: of the same shape, before outlines were aligned.
        network: of outlines.
        config: how sure it has to be.

    Returns:
        As `given`; where nothing is wrong, bit for bit the same.
    """
    height, width = given.shape
    shrink = max(1.0, width / LARGEST_GRID)
    size = max(1, round(width / shrink)), max(1, round(height / shrink))
    if size != (width, height):
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        small, loose = (cv2.resize(one, size, interpolation=cv2.INTER_NEAREST) for one in (given, loose))
    else:
        small = given
    scale = max(1, round(size[0] / GRID_WIDTH))
    seen = gather_evidence(frame, small, loose, scale)
    if not len(seen.y):
        return given
    said = _agreed(network(seen.inputs)[:, 0], seen, small.shape)
    verdict = _verdict(said, seen.hard, config)
    if not verdict.any():
        return given
    if size == (width, height):
        y, x, far, near, share = seen.y, seen.x, seen.far, seen.near, seen.share
    else:
        plane = np.zeros(small.shape, np.float32)
        plane[seen.y, seen.x] = verdict
        plane = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)
        y, x = np.nonzero(np.abs(plane) > 0.5)
        verdict = np.sign(plane[y, x])
        far, near = (one[y, x] for one in extremes(given, round(REACH * scale * shrink)))
        share = (given[y, x] - far) / (near - far + np.float32(1e-4))
    # far surfaces are slanted, the ground above all, and keep what slope they have
    moved = np.where(verdict > 0, np.float32(1), np.where(share > KEPT, np.float32(0), share))
    changed = (verdict != 0) & (np.abs(moved - share) > LEAST)
    y, x = y[changed], x[changed]
    far, near, moved, share = (one[changed] for one in (far, near, moved, share))
    attached = _attached(given, y, x, far, near, share, verdict[changed] > 0)
    result = given.copy()
    result[y, x] = np.where(attached, np.clip(far + moved * (near - far), 0, 1), given[y, x])
    return result


def _attached(
    given: np.ndarray,
    y: np.ndarray,
    x: np.ndarray,
    far: np.ndarray,
    near: np.ndarray,
    share: np.ndarray,
    nearer: np.ndarray,
) -> np.ndarray:
    """Whether pixels that change hang together with the surface that they go to.

    Where three surfaces meet, a pixel may be of neither of the outer two: patches of their own are mistakes.

    Args:
        given: (height, width) disparity.
        y, x, far, near, share, nearer: (pixels,) the pixels, and whether they go to the nearer surface.

    Returns:
        (pixels,) bool.
    """
    result = np.zeros(len(y), bool)
    beside = extremes(given, 1)
    for side in (False, True):
        chosen = nearer == side
        i, j = y[chosen], x[chosen]
        changing = np.zeros(given.shape, np.uint8)
        changing[i, j] = 1
        _, labels = cv2.connectedComponents(changing, connectivity=8)
        reached = (beside[side][i, j] - far[chosen]) / (near - far + np.float32(1e-4))[chosen]
        own = share[chosen]
        touching = np.maximum(own, reached) > 1 - NEXT if side else np.minimum(own, reached) < NEXT
        patch = labels[i, j].astype(np.intp)
        count = np.bincount(patch)
        touched = np.bincount(patch, touching) >= np.maximum(2, TOUCHING * count)
        result[chosen] = touched[patch]
    return result


def _agreed(odds: np.ndarray, seen: Evidence, shape: tuple[int, ...]) -> np.ndarray:
    """What the pixels next to each other say in the mean: single ones among their opposites are noise."""
    planes = np.zeros((*shape, 2), np.float32)
    planes[seen.y, seen.x, 0] = np.clip(odds, -MOST_ODDS, MOST_ODDS)
    planes[seen.y, seen.x, 1] = 1
    means = cv2.GaussianBlur(planes, (3, 3), 0)[seen.y, seen.x]
    return means[:, 0] / means[:, 1]


def _verdict(odds: np.ndarray, hard: np.ndarray, config: RepairConfig) -> np.ndarray:
    """1 for pixels of the nearer surface, -1 of the farther, 0 where unsure.

    Args:
        odds: (pixels,) log-odds of the nearer surface.
        hard: (pixels,) 0 to 1, how much outlines are steps from one pixel to the next.
        config: how sure the network has to be.
    """
    low, high = HARD
    exact = np.clip((hard - low) / (high - low), 0, 1)
    sure = config.sure + (config.hard_sure - config.sure) * exact
    least = np.log(sure / (1 - sure))
    return (odds > least).astype(np.float32) - (odds < -least)


def highlight_gain(frame: np.ndarray, network: Perceptron, config: RepairConfig) -> np.ndarray | None:
    """Gain on linear light where the camera clipped a lamp, (3, height, width) float32 >= 1; None if nowhere.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        network: of lamps.
        config: how sure it has to be.
    """
    spots = find_spots(frame, frame.shape[1] / GRID_WIDTH)
    if spots is None:
        return None
    said = network(spots.inputs)
    low, high = config.lamp
    sure = np.clip((1 / (1 + np.exp(-said[:, 0])) - low) / (high - low), 0, 1)
    if not sure.any():
        return None
    stops = np.clip(said[:, 1:], 0, config.most_stops) * sure[:, None]
    where = np.nonzero(spots.labels >= 0)
    gain = np.ones_like(frame)
    clipped = np.clip((frame[where] - CLIPPED_FROM) / (CLIPPED - CLIPPED_FROM), 0, 1)
    gain[where] = np.exp2(stops[spots.labels[where]] * clipped)
    return gain.transpose(2, 0, 1)
