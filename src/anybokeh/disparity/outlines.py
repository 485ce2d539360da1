"""Disparity outlines brought onto the outlines of objects.

Estimated disparity goes soft at outlines, or puts them some pixels beside the object. Exact disparity does
not, and must not be touched: textures always hold a few pixels that look like the other side. So outlines are
judged before they are moved. An outline is soft where values climb over several pixels. It is misplaced where
the colours of whole stretches of it contradict the side that disparity puts them on. Only there pixels are
given to the surface whose sure pixels their colour is like, and get its disparity; and colours count
only where they differ between the insides of the two surfaces. Everything else stays bit for bit as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce as fold

import cv2
import numpy as np

from anybokeh.disparity import outline_kernels as kernels
from anybokeh.disparity.outline_kernels import ColourWeights, OutlineGrid, Verdict
from anybokeh.runtime.threads import Crew

_DISC = 13
"""Squared radius in samples of the disc in which colours are compared."""
GRID_WIDTH = 512
"""Distances are in pixels of a picture of this width."""


@dataclass(frozen=True)
class OutlineSettings:
    """How outlines are judged. Lengths are in pixels of a picture GRID_WIDTH wide.

    Attributes:
        step: smallest difference in disparity between the two sides of an outline.
        reach: how far around a pixel the two surfaces are looked for.
        near_outline: how far from an outline pixels are looked at.
        close: how far from an outline pixels may be misplaced.
        core: how far from its own outline a surface is sure.
        steepness: slope of an outline over that of a slanted surface which spans the same values.
        soft_share: share of an outline's pixels that lie on ramps, above which it is soft.
        misplaced_share: share of the colours' evidence that contradicts the outlines of a whole frame: that
            of exact disparity, and that of disparity which is surely wrong.
        misplaced_nearby: at these shares, the share that must contradict an outline nearby for it to be
            misplaced.
        confused: share of the colours' evidence that is wrong about the inside of surfaces, at which colours
            count nothing, and at which they count fully.
        no_evidence: evidence inside of surfaces, below which colours are not trusted either.
        least_clear: weight of colours that soft outlines need to be touched.
        trust: log-odds that disparity has against colours.
        lasting: how much more than the frame itself, for these odds, the mean over time counts.
        pure: how far from the middle towards a surface a value counts as that surface's.
        doubt: weight of samples that are not sure.
        colour_sigma: colour difference in 8-bit levels a channel that tells two surfaces apart.
    """

    step: float = 0.04
    reach: int = 6
    near_outline: int = 4
    close: int = 3
    core: int = 2
    steepness: float = 1.5
    soft_share: float = 0.3
    misplaced_share: tuple[float, float] = (0.04, 0.08)
    misplaced_nearby: tuple[float, float] = (0.25, 0.05)
    confused: tuple[float, float] = (0.3, 0.1)
    no_evidence: float = 0.06
    least_clear: float = 0.5
    trust: float = 0.7
    lasting: float = 1.5
    pure: float = 0.85
    doubt: float = 0.05
    colour_sigma: float = 10.0


def align_outlines(
    picture: np.ndarray,
    disparity: np.ndarray,
    crew: Crew,
    settings: OutlineSettings | None = None,
    recall: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Bring soft and misplaced outlines of a map onto the edges of the picture.

    Args:
        picture: (height, width, 3) uint8.
        disparity: (height, width) float32 in [0, 1].
        crew: threads to use; the result does not depend on their number.
        recall: how far disparity differs in the mean over time, (h, w) float32 on the grid, where (h, w) bool
            asks for it; None if there is no time.

    Returns:
        (height, width) float32; the same array where nothing was wrong.
    """
    settings = settings or OutlineSettings()
    grid = find_outlines(disparity, settings)
    if not (grid.split >= 0).any():
        return disparity
    cells = tuple(-(-size // grid.cell) for size in disparity.shape)
    evidence = np.empty((4, *disparity.shape), np.float32)
    smooth = np.empty((2, *disparity.shape), np.float32)
    judgement = np.zeros((6, *cells), np.float32)
    whole = np.ascontiguousarray(picture), np.ascontiguousarray(disparity)
    crew.run(kernels.weigh_colours, *whole, grid, colour_weights(settings), evidence)
    crew.run(kernels.judge, disparity, evidence, grid, smooth, judgement)
    found = verdict(judgement, settings)
    if not (found.soft.any() or found.misplaced.any()):
        return disparity
    result = disparity.copy()
    near_outline = grid.split >= 0
    memory = np.zeros(near_outline.shape, np.float32) if recall is None else recall(near_outline)
    memory = np.float32(settings.lasting) * memory
    trust, pure = settings.trust, settings.pure
    crew.run(kernels.decide, disparity, evidence, smooth, grid, memory, found, trust, pure, result)
    # Single pixels among their opposites are texture.
    return np.where(result == disparity, disparity, cv2.medianBlur(result, 3))


def grid_scale(shape: tuple[int, ...]) -> int:
    """Pixels a point of the grid, along each side, for maps of shape (height, width)."""
    return max(1, round(shape[1] / GRID_WIDTH))


def find_outlines(disparity: np.ndarray, settings: OutlineSettings) -> OutlineGrid:
    """Find outlines: steeper than a slanted surface of the same range over the whole reach would be."""
    scale = grid_scale(disparity.shape)
    low, high = _pooled(disparity, scale, np.minimum), _pooled(disparity, scale, np.maximum)
    wide_low, wide_high = _eroded(low, settings.reach), _dilated(high, settings.reach)
    span = wide_high - wide_low
    steepest = _dilated(_slope(np.ascontiguousarray(disparity[::scale, ::scale])), settings.reach - 1)
    # Steps of 8-bit maps make slanted surfaces look steeper by most of a step.
    even = span / (2 * settings.reach)
    is_outline = (span >= settings.step) & (steepest - 0.003 >= settings.steepness * even)
    is_outline &= _local_span(low, high, settings.near_outline) >= span / 2
    middle = (wide_low + wide_high) / 2
    core_low, core_high = _eroded(low, settings.core), _dilated(high, settings.core)
    return OutlineGrid(
        scale,
        cell=4 * scale,
        split=np.where(is_outline, middle, np.float32(-1)),
        half_gap=span / 2,
        core_low=core_low,
        core_high=core_high,
        close=is_outline & (_local_span(low, high, settings.close) >= span / 2),
        inside=(core_low > middle) | (core_high < middle),
    )


def verdict(judgement: np.ndarray, settings: OutlineSettings) -> Verdict:
    """Which outlines are soft, which are misplaced, and where colours can tell.

    judgement: see `outline_kernels.judge`.

    Single pixels prove nothing: misplaced outlines are judged by their surroundings of some ten cells.
    """
    contra, pro, ramps, edges, inner_contra, inner_pro = judgement
    soft = cv2.blur(ramps, (3, 3)) > settings.soft_share * cv2.blur(edges, (3, 3))
    exact, wrong = settings.misplaced_share
    whole = contra.sum() / max(contra.sum() + pro.sum(), 1e-6)
    share = np.interp(whole, (exact, wrong), settings.misplaced_nearby)
    contra, pro = (cv2.GaussianBlur(values, (0, 0), 3) for values in (contra, pro))
    misplaced = contra > np.float32(share) * (contra + pro) + 1e-6
    inner_contra, inner_pro = (cv2.GaussianBlur(values, (0, 0), 2) for values in (inner_contra, inner_pro))
    doubt = np.float32(settings.no_evidence)
    confused = (inner_contra + doubt) / (inner_contra + inner_pro + 2 * doubt)
    none, full = settings.confused
    clear = np.clip((none - confused) / (none - full), 0, 1).astype(np.float32)
    return Verdict(soft & (clear > settings.least_clear), misplaced, clear)


def colour_weights(settings: OutlineSettings) -> ColourWeights:
    """How samples around a pixel count."""
    squared = np.arange(2048) * kernels.COLOUR_STEP
    likeness = np.exp(-squared / (2 * 3 * settings.colour_sigma**2)).astype(np.float32)
    return ColourWeights(likeness, _spatial_weights(), settings.doubt, floor=0.02, least=0.08)


def _spatial_weights() -> np.ndarray:
    """(TAPS, TAPS) Gaussian weights in a disc; the pixel itself is no witness."""
    along = np.arange(kernels.TAPS) - kernels.TAPS // 2
    weights = np.exp(-0.5 * (along / 1.8) ** 2)
    weights = np.outer(weights, weights).astype(np.float32)
    weights[kernels.TAPS // 2, kernels.TAPS // 2] = 0
    weights[np.add.outer(along**2, along**2) > _DISC] = 0
    return weights


def _pooled(values: np.ndarray, scale: int, smallest_or_largest: np.ufunc) -> np.ndarray:
    if scale == 1:
        return values
    height, width = values.shape
    values = np.pad(values, ((0, -height % scale), (0, -width % scale)), mode="edge")
    rows = fold(smallest_or_largest, (values[i::scale] for i in range(scale)))
    return fold(smallest_or_largest, (rows[:, j::scale] for j in range(scale)))


def _slope(values: np.ndarray) -> np.ndarray:
    """Largest change a point over the four directions."""
    height, width = values.shape
    padded = cv2.copyMakeBorder(values, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    best = np.zeros_like(values)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        after = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        before = padded[1 - down : 1 - down + height, 1 - right : 1 - right + width]
        np.maximum(best, np.abs(after - before), out=best)
    return best / 2


def _local_span(low: np.ndarray, high: np.ndarray, reach: int) -> np.ndarray:
    return _dilated(high, reach) - _eroded(low, reach)


def _eroded(values: np.ndarray, reach: int) -> np.ndarray:
    return cv2.erode(values, _square(reach))


def _dilated(values: np.ndarray, reach: int) -> np.ndarray:
    return cv2.dilate(values, _square(reach))


def _square(reach: int) -> np.ndarray:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
