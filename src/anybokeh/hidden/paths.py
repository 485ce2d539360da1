"""Where every band of a frame is in other frames, and how well the two agree on what both see."""

from __future__ import annotations

import numpy as np

from anybokeh.hidden.bands import BANDS, bands_of, membership
from anybokeh.hidden.motion import NODE, at_nodes, band_motion, spread_sums
from anybokeh.hidden.views import View
from anybokeh.runtime.jit import kernel

_FARTHER = 0.25
"""What pixels twice as far away count in agreement and refinement, in sum of all about as far."""
_STIFF = 5
"""How much refinement prefers to leave a path as it is: squared 8-bit levels a pixel."""
_EVERY = 2
"""Of rows and columns one in so many is compared."""
_MOST = 1.0
"""Pixels of a small view that one refinement moves a path at most."""
_BETTER = 0.03
"""How much better a band has to agree as a whole than with the flow."""
_FARTHER_BEHIND = 1 / BANDS
"""How much farther away something has to be to show that a nearer surface is not there."""
_UNLIKE = 14.0
"""Difference in 8-bit levels at which colours speak as much against a path as for it."""


def extended(path: np.ndarray, step: np.ndarray) -> np.ndarray:
    """A path to a frame carried on by one step from there.

    Both (bands, rows, columns, 3): columns and rows of a small view, and support, of which the least counts.
    """
    result = np.empty_like(path)
    _extend(path, step, result)
    return result


def refined(
    path: np.ndarray, here: View, there: View, *, rounds: int = 1, farther: float = _FARTHER
) -> tuple[np.ndarray, np.ndarray]:
    """A path improved by the colours that both frames see, and how well these agree.

    Args:
        path: (bands, rows, columns, 3) from here to there.
        rounds: of improvement.
        farther: what pixels twice as far away count in improvement, in sum of all about as far.

    Returns:
        The path, and (bands, rows, columns, 3): share in [0, 1] of what both see that agrees, how many pixels
        say so, and by how much disparity there is larger.
    """
    bands, rows, columns, _ = path.shape
    sums = np.zeros((rows, columns, bands, 9), np.float32)
    better = path.copy()
    for turn in range(rounds + 1):
        sums[:] = 0
        _compare(better, here.picture, here.disparity, there.picture, there.disparity, here.trust, sums)
        if turn < rounds:
            _shift(spread_sums(sums, farther), better)
    spread = spread_sums(sums, _FARTHER)
    agreement = np.empty_like(path)
    weight = spread[..., 0]
    agreement[..., 0] = (spread[..., 1] / np.maximum(weight, 1e-6)).transpose(2, 0, 1)
    agreement[..., 1] = weight.transpose(2, 0, 1)
    agreement[..., 2] = (spread[..., 3] / np.maximum(weight, 1e-6)).transpose(2, 0, 1)
    return better, agreement


def step(flow: np.ndarray, shift: np.ndarray, here: View, there: View) -> np.ndarray:
    """Motion of every band between two consecutive frames.

    Wherever that agrees better with the colours, bands move as a whole rather than with the flow.

    Args:
        flow: (height, width, 3) float32, columns and rows of a small view, and trust.
        shift: (bands, 2) float32, see `searching.shifts`.

    Returns:
        (bands, rows, columns, 3) float32: columns and rows of a small view, and how well supported.
    """
    fitted = band_motion(flow, here.disparity)
    whole = fitted.copy()
    whole[..., :2] = shift[:, None, None]
    by_flow, agreed = refined(fitted, here, there, rounds=1)
    by_shift, agreed_whole = refined(whole, here, there, rounds=3, farther=1.0)
    better = agreed_whole[..., 0] > agreed[..., 0] + _BETTER
    return np.where(better[..., None], by_shift, by_flow)


@kernel()
def _extend(path: np.ndarray, step: np.ndarray, result: np.ndarray) -> None:
    bands, rows, columns, _ = path.shape
    for band in range(bands):
        for i in range(rows):
            for j in range(columns):
                one = path[band, i, j]
                y, x = (i + 0.5) * NODE - 0.5 + one[1], (j + 0.5) * NODE - 0.5 + one[0]
                dx, dy, support = at_nodes(step, band, y, x)
                result[band, i, j, 0] = one[0] + dx
                result[band, i, j, 1] = one[1] + dy
                result[band, i, j, 2] = min(one[2], support)


@kernel(error_model="numpy", fastmath={"contract", "nsz"})
def _compare(
    path: np.ndarray,
    picture: np.ndarray,
    disparity: np.ndarray,
    other: np.ndarray,
    other_disparity: np.ndarray,
    trust: np.ndarray,
    sums: np.ndarray,
) -> None:
    height, width = disparity.shape
    for y in range(1, height - 1, _EVERY):
        for x in range(1, width - 1, _EVERY):
            first, last = bands_of(disparity[y, x])
            for band in range(first, last + 1):
                weight = membership(disparity[y, x], band)
                if weight <= 0:
                    continue
                dx, dy, support = at_nodes(path, band, y, x)
                v, u = y + dy, x + dx
                if support <= 0 or v < 1 or u < 1 or v >= height - 2 or u >= width - 2:
                    continue
                i, j = int(v), int(u)
                v -= i
                u -= j
                a, b, c, d = (1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u
                row, column = y // NODE, x // NODE
                nearest = max(
                    max(other_disparity[i, j], other_disparity[i, j + 1]),
                    max(other_disparity[i + 1, j], other_disparity[i + 1, j + 1]),
                )
                if nearest < disparity[y, x] - _FARTHER_BEHIND:
                    # it ought to be there, and nothing is that could cover it
                    sums[row, column, band, 0] += weight
                    continue
                depth = membership(other_disparity[i, j], band)
                depth = min(depth, membership(other_disparity[i, j + 1], band))
                depth = min(depth, membership(other_disparity[i + 1, j], band))
                depth = min(depth, membership(other_disparity[i + 1, j + 1], band))
                weight *= depth
                if weight <= 0:
                    continue
                worst = 0.0
                for k in range(3):
                    value = (
                        a * other[i, j, k]
                        + b * other[i, j + 1, k]
                        + c * other[i + 1, j, k]
                        + d * other[i + 1, j + 1, k]
                    )
                    off = value - picture[y, x, k]
                    worst = max(worst, abs(off))
                    gx = 0.5 * (picture[y, x + 1, k] - picture[y, x - 1, k])
                    gy = 0.5 * (picture[y + 1, x, k] - picture[y - 1, x, k])
                    apart = off * np.float32(1 / _UNLIKE)
                    near = weight * trust[y, x] / (1 + apart * apart)
                    sums[row, column, band, 4] += near * gx * gx
                    sums[row, column, band, 5] += near * gx * gy
                    sums[row, column, band, 6] += near * gy * gy
                    sums[row, column, band, 7] += near * gx * off
                    sums[row, column, band, 8] += near * gy * off
                sums[row, column, band, 0] += weight
                sums[row, column, band, 1] += weight / (1 + (worst / _UNLIKE) ** 2)
                sums[row, column, band, 2] += weight * trust[y, x]
                sums[row, column, band, 3] += weight * (
                    a * other_disparity[i, j]
                    + b * other_disparity[i, j + 1]
                    + c * other_disparity[i + 1, j]
                    + d * other_disparity[i + 1, j + 1]
                    - disparity[y, x]
                )


@kernel()
def _shift(sums: np.ndarray, path: np.ndarray) -> None:
    bands, rows, columns, _ = path.shape
    for band in range(bands):
        for i in range(rows):
            for j in range(columns):
                s = sums[i, j, band]
                if s[2] <= 0:
                    continue
                stiff = _STIFF * s[2]
                xx, xy, yy = s[4] + stiff, s[5], s[6] + stiff
                det = xx * yy - xy * xy
                dx = -(yy * s[7] - xy * s[8]) / det
                dy = -(xx * s[8] - xy * s[7]) / det
                path[band, i, j, 0] += min(max(dx, -_MOST), _MOST)
                path[band, i, j, 1] += min(max(dy, -_MOST), _MOST)
