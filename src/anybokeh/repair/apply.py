"""Apply the predictions of the networks to disparity and light; only pixels that change are touched."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from anybokeh.disparity.resize import resize_disparity
from anybokeh.repair.config import RepairConfig
from anybokeh.repair.context import Context, predicted_share
from anybokeh.repair.evidence import GRID_WIDTH, Evidence, gather_evidence
from anybokeh.repair.map_filters import highest
from anybokeh.repair.perceptron import Network, Networks

LEAST = 0.05
"""Smaller changes, as a share of the step between near and far, are dropped; right pixels keep their bits."""
SURE = 3.0
"""Log-odds from which the first network is sure."""
BLOCK = 1024
"""Pixels a network predicts at a time: the inputs of this many fit in the processor's cache."""
HARD = 0.24, 0.3
"""Hardness of outlines up to which disparity is that of a network, and from which it may be exact."""


def repaired_disparity(
    frame: np.ndarray, given: np.ndarray, loose: np.ndarray, networks: Networks, config: RepairConfig
) -> np.ndarray:
    """Disparity with outlines where they really run.

    Pictures wider than GRID_WIDTH are judged smaller; what changed there is enlarged along their own edges.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        given: (height, width) float32 in [0, 1].
        loose: of the same shape, before outlines were aligned.
        networks: `outlines` and `context` are used.
        config: how sure they have to be.

    Returns:
        As `given`; where nothing is wrong, bit for bit the same.
    """
    picture, small, loose = judged(frame, given, loose)
    seen = gather_evidence(picture, small, loose)
    if not len(seen.y):
        return given
    prediction = _predict(networks.outlines, seen.inputs_at, np.arange(len(seen.y)))
    chosen = np.nonzero(unsure(prediction, seen))[0]
    prediction[chosen] = _predict(networks.context, Context(seen, prediction, small).inputs_at, chosen)
    share = _moved(prediction, seen, config)
    changed = share != seen.share
    if not changed.any():
        return given
    y, x, far, near = (one[changed] for one in (seen.y, seen.x, seen.far, seen.near))
    repaired = small.copy()
    repaired[y, x] = np.clip(far + share[changed] * (near - far), 0, 1)
    if small.shape == given.shape:
        return repaired
    where = np.zeros(small.shape, np.uint8)
    where[y, x] = 1
    # where reducing picked a right pixel out of several, those beside it may be wrong
    where = highest(where, 1)
    large = resize_disparity(repaired, cv2.convertScaleAbs(frame, alpha=255), where, soft=False)
    height, width = given.shape
    where = cv2.resize(where, (width, height), interpolation=cv2.INTER_NEAREST)
    return cv2.copyTo(large, where, given.copy())


def unsure(prediction: np.ndarray, seen: Evidence) -> np.ndarray:
    """Which pixels the second network predicts again, (pixels,) bool: all but those that are surely right.

    Args:
        prediction: (pixels, 3) by the first network, see `predicted_share`.
        seen: of the pixels.
    """
    return (np.abs(prediction[:, 0]) < SURE) | (np.abs(predicted_share(prediction) - seen.share) >= LEAST)


def _predict(
    network: Network, inputs_at: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray
) -> np.ndarray:
    """Predictions for pixels, (pixels, outputs), a block at a time."""
    blocks = range(0, max(len(pixels), 1), BLOCK)
    return np.concatenate([network(inputs_at(pixels[first : first + BLOCK])) for first in blocks])


def judged(frame: np.ndarray, *maps: np.ndarray, width: int | None = None) -> tuple[np.ndarray, ...]:
    """A picture and its maps as outlines are judged: reduced if it is wider than GRID_WIDTH.

    Args:
        frame: (height, width, 3).
        maps: (height, width).
        width: of the whole picture, where the frame is but a part of one.
    """
    shrink = (width or frame.shape[1]) / GRID_WIDTH
    if shrink <= 1:
        return frame, *maps
    height, width = (max(1, round(length / shrink)) for length in frame.shape[:2])
    return (
        cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA),
        *(cv2.resize(one, (width, height), interpolation=cv2.INTER_NEAREST) for one in maps),
    )


def _moved(prediction: np.ndarray, seen: Evidence, config: RepairConfig) -> np.ndarray:
    """Where disparity is to lie between the farthest and the nearest around, (pixels,).

    Args:
        prediction: (pixels, 3), see `predicted_share`.
        seen: of the pixels.
        config: how sure the network has to be.
    """
    low, high = HARD
    exact = np.clip((seen.hard - low) / (high - low), 0, 1)
    sure = config.sure + (config.hard_sure - config.sure) * exact
    share = predicted_share(prediction)
    kept = (np.abs(prediction[:, 0]) <= np.log(sure / (1 - sure))) | (np.abs(share - seen.share) < LEAST)
    return np.where(kept, seen.share, share)
