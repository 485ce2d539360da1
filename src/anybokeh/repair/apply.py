"""From what the networks say to disparity and light; only pixels that change are touched."""

from __future__ import annotations

import cv2
import numpy as np

from anybokeh.repair.config import RepairConfig
from anybokeh.repair.evidence import GRID_WIDTH, REACH, extremes, gather_evidence
from anybokeh.repair.lamps import CLIPPED, CLIPPED_FROM, find_spots
from anybokeh.repair.perceptron import Perceptron

LARGEST_GRID = 640
"""Width up to which outlines are judged at full size; larger pictures are judged smaller, and stay sharp."""
LEAST = 0.02
"""Smaller changes, as a share of the step between near and far, are dropped; right pixels keep their bits."""
KEPT = 0.5
"""Share of the step that pixels on the right side may lie off their surface: it may be slanted."""
HARD = 0.26, 0.34
"""Hardness of outlines up to which disparity is that of a network, and from which it may be exact."""
LEAST_RISE, MOST_RISE = 0.1, 2.0
"""How far thin structures lie before the nearest disparity around, as a share of the step: least and most."""


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
    seen = gather_evidence(frame, small, loose, max(1, round(size[0] / GRID_WIDTH)))
    if not len(seen.y):
        return given
    said = network(seen.inputs)
    verdict, level = _verdict(said, seen.hard, config)
    if not verdict.any():
        return given
    if size == (width, height):
        y, x, far, near, share = seen.y, seen.x, seen.far, seen.near, seen.share
    else:
        planes = np.zeros((*small.shape, 2), np.float32)
        planes[seen.y, seen.x] = np.stack([verdict, level * np.abs(verdict)], 1)
        planes = cv2.resize(planes, (width, height), interpolation=cv2.INTER_LINEAR)
        y, x = np.nonzero(np.abs(planes[..., 0]) > 0.5)
        weight, level = planes[y, x, 0], planes[y, x, 1]
        verdict, level = np.sign(weight), level / np.abs(weight)
        far, near = (one[y, x] for one in extremes(given, round(REACH * shrink * size[0] / GRID_WIDTH)))
        share = (given[y, x] - far) / (near - far + np.float32(1e-4))
    nearer = np.where(share > 1 - KEPT, np.maximum(share, level), level)
    moved = np.where(verdict > 0, nearer, np.where(share > KEPT, np.float32(0), share))
    changed = (verdict != 0) & (np.abs(moved - share) > LEAST)
    y, x = y[changed], x[changed]
    result = given.copy()
    result[y, x] = np.clip(far[changed] + moved[changed] * (near - far)[changed], 0, 1)
    return result


def _verdict(said: np.ndarray, hard: np.ndarray, config: RepairConfig) -> tuple[np.ndarray, np.ndarray]:
    """1 for pixels of the nearer surface, -1 of the farther, 0 where unsure; and the nearer's level.

    Args:
        said: (pixels, 2), log-odds of the nearer surface, and how far it lies before the nearest disparity.
        hard: (pixels,) 0 to 1, how much outlines are steps from one pixel to the next.
        config: how sure the network has to be.
    """
    low, high = HARD
    exact = np.clip((hard - low) / (high - low), 0, 1)
    sure = config.sure + (config.hard_sure - config.sure) * exact
    odds = np.log(sure / (1 - sure))
    verdict = (said[:, 0] > odds).astype(np.float32) - (said[:, 0] < -odds)
    rise = np.clip(said[:, 1], -2 * LEAST_RISE, MOST_RISE)
    return verdict, 1 + np.where(np.abs(rise) > LEAST_RISE, rise, np.float32(0))


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
