"""Where every band of a frame is in other frames, and how well the two agree on what both see."""

from __future__ import annotations

import numpy as np

from anybokeh.hidden.bands import BANDS, bands_of, membership
from anybokeh.hidden.motion import NODE, at_nodes, band_motion, spread_sums
from anybokeh.hidden.views import View
from anybokeh.runtime.jit import kernel

ALL = (1 << BANDS) - 1
"""A bit for each band."""
_FARTHER = 0.25
"""What pixels twice as far away count in agreement and refinement, in sum of all about as far."""
_STIFF = 5
"""How much refinement prefers to leave a path as it is: squared 8-bit levels a pixel."""
_EVERY = 2
"""Of rows one in so many is compared, and of its pixels one in twice as many, as on a chequerboard."""
_MOST = 1.0
"""Pixels of a small view that one refinement moves a path at most."""
_WELL = 0.8
"""Share of colours that agree from which a motion is hardly to be improved."""
_POOR = 0.02
"""Share of a band with less than that from which another motion is looked for."""
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
    path: np.ndarray,
    here: View,
    there: View,
    *,
    rounds: int = 1,
    farther: float = _FARTHER,
    bands: int = ALL,
) -> tuple[np.ndarray, np.ndarray]:
    """A path improved by the colours that both frames see, and how well these agree.

    Args:
        path: (bands, rows, columns, 3) from here to there.
        rounds: of improvement.
        farther: what pixels twice as far away count in improvement, in sum of all about as far.
        bands: a bit for each band that is looked at; the others come out as they were, without agreement.

    Returns:
        The path, and (bands, rows, columns, 3): share in [0, 1] of what both see that agrees, how many pixels
        say so, and by how much disparity there is larger.
    """
    nodes = (*path.shape[1:3], path.shape[0])
    views = here.picture, here.disparity, there.picture, there.disparity, there.nearest, there.farthest
    better = path.copy()
    for _ in range(rounds):
        errors = np.zeros((*nodes, 6), np.float32)
        _compare(better, bands, *views, here.trust, errors)
        _shift(spread_sums(errors, farther), better)
    sums = np.zeros((*nodes, 3), np.float32)
    _agree(better, bands, *views, sums)
    agreement = np.empty_like(path)
    _shares(spread_sums(sums, _FARTHER), agreement)
    return better, agreement


def step_by_flow(flow: np.ndarray, here: View, there: View) -> tuple[np.ndarray, np.ndarray]:
    """Motion of every band between two consecutive frames, as optical flow has it, and agreement.

    Args:
        flow: (height, width, 3) float32, columns and rows of a small view, and trust.

    Returns:
        See `refined`.
    """
    return refined(band_motion(flow, here.disparity), here, there)


def poorly_explained(agreement: np.ndarray) -> int:
    """A bit for each band whose motion another one might explain better by far."""
    seen = agreement[..., 1] * (agreement[..., 0] < _WELL)
    whole = agreement[..., 1].sum((1, 2))
    return int((1 << np.flatnonzero(seen.sum((1, 2)) > _POOR * whole)).sum())


def step_by_shift(
    path: np.ndarray, agreement: np.ndarray, shift: np.ndarray, bands: int, here: View, there: View
) -> np.ndarray:
    """Motion of every band between two consecutive frames, where some may move as a whole.

    They do wherever that agrees better with the colours.

    Args:
        path, agreement: of `step_by_flow`.
        shift: (bands, 2) float32, see `searching.shifts`.
        bands: a bit for each band that may.

    Returns:
        (bands, rows, columns, 3) float32: columns and rows of a small view, and how well supported.
    """
    whole = path.copy()
    whole[..., :2] = shift[:, None, None]
    by_shift, agreed = refined(whole, here, there, rounds=3, farther=1.0, bands=bands)
    better = agreed[..., 0] > agreement[..., 0] + np.float32(_BETTER)
    return np.where(better[..., None], by_shift, path)


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


@kernel(inline="always")
def _there(
    path: np.ndarray,
    band: int,
    y: int,
    x: int,
    disparity: float,
    nearest: np.ndarray,
    farthest: np.ndarray,
) -> tuple[int, int, np.floating, np.floating, np.floating]:
    """Where a pixel's band leads, as the upper left one of four pixels and shares of the others.

    After that comes what it counts there: 0 if that cannot be said, -1 where it ought to be and is not.
    """
    height, width = nearest.shape
    dx, dy, support = at_nodes(path, band, np.float32(y), np.float32(x))
    v, u = np.float32(y) + dy, np.float32(x) + dx
    zero = np.float32(0)
    if support <= 0 or v < 1 or u < 1 or v >= height - 2 or u >= width - 2:
        return 0, 0, zero, zero, zero
    i, j = int(v), int(u)
    most = nearest[i, j]
    if most < disparity - np.float32(_FARTHER_BEHIND):
        return i, j, zero, zero, np.float32(-1)
    weight = min(membership(most, band), membership(farthest[i, j], band))
    return i, j, v - np.float32(i), u - np.float32(j), weight


@kernel(inline="always")
def _difference(
    picture: np.ndarray,
    y: int,
    x: int,
    other: np.ndarray,
    i: int,
    j: int,
    k: int,
    shares: tuple[np.floating, np.floating, np.floating, np.floating],
) -> np.floating:
    """How much more of a colour there is between four pixels of another picture than in a pixel of one."""
    a, b, c, d = shares
    return (
        a * other[i, j, k]
        + b * other[i, j + 1, k]
        + c * other[i + 1, j, k]
        + d * other[i + 1, j + 1, k]
        - picture[y, x, k]
    )


@kernel(error_model="numpy", fastmath={"contract", "nsz"})
def _compare(
    path: np.ndarray,
    bands: int,
    picture: np.ndarray,
    disparity: np.ndarray,
    other: np.ndarray,
    other_disparity: np.ndarray,
    nearest: np.ndarray,
    farthest: np.ndarray,
    trust: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Sums about each node of weight, products of gradients, and of gradients and differences of colour."""
    height, width = disparity.shape
    one, half = np.float32(1), np.float32(0.5)
    for y in range(1, height - 1, _EVERY):
        for x in range(1 + y % (2 * _EVERY), width - 1, 2 * _EVERY):
            own = disparity[y, x]
            first, last = bands_of(own)
            for band in range(first, last + 1):
                weight = membership(own, band) if (bands >> band) & 1 else np.float32(0)
                if weight <= 0:
                    continue
                i, j, v, u, share = _there(path, band, y, x, own, nearest, farthest)
                if share <= 0:
                    continue
                weight *= share * trust[y, x]
                a, b, c, d = (one - v) * (one - u), (one - v) * u, v * (one - u), v * u
                xx = xy = yy = xo = yo = np.float32(0)
                for k in range(3):
                    off = _difference(picture, y, x, other, i, j, k, (a, b, c, d))
                    gx = half * (picture[y, x + 1, k] - picture[y, x - 1, k])
                    gy = half * (picture[y + 1, x, k] - picture[y - 1, x, k])
                    apart = off * np.float32(1 / _UNLIKE)
                    near = one / (one + apart * apart)
                    xx += near * gx * gx
                    xy += near * gx * gy
                    yy += near * gy * gy
                    xo += near * gx * off
                    yo += near * gy * off
                row, column = y // NODE, x // NODE
                sums[row, column, band, 0] += weight
                sums[row, column, band, 1] += weight * xx
                sums[row, column, band, 2] += weight * xy
                sums[row, column, band, 3] += weight * yy
                sums[row, column, band, 4] += weight * xo
                sums[row, column, band, 5] += weight * yo


@kernel(error_model="numpy", fastmath={"contract", "nsz"})
def _agree(
    path: np.ndarray,
    bands: int,
    picture: np.ndarray,
    disparity: np.ndarray,
    other: np.ndarray,
    other_disparity: np.ndarray,
    nearest: np.ndarray,
    farthest: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Sums about each node of weight, of that which agrees, and of what disparity there is larger by."""
    height, width = disparity.shape
    one = np.float32(1)
    for y in range(1, height - 1, _EVERY):
        for x in range(1 + y % (2 * _EVERY), width - 1, 2 * _EVERY):
            own = disparity[y, x]
            first, last = bands_of(own)
            for band in range(first, last + 1):
                weight = membership(own, band) if (bands >> band) & 1 else np.float32(0)
                if weight <= 0:
                    continue
                i, j, v, u, share = _there(path, band, y, x, own, nearest, farthest)
                row, column = y // NODE, x // NODE
                if share < 0:
                    # it ought to be there, and nothing is that could cover it
                    sums[row, column, band, 0] += weight
                    continue
                weight *= share
                if weight <= 0:
                    continue
                a, b, c, d = (one - v) * (one - u), (one - v) * u, v * (one - u), v * u
                worst = np.float32(0)
                for k in range(3):
                    off = _difference(picture, y, x, other, i, j, k, (a, b, c, d))
                    worst = max(worst, abs(off))
                worst *= np.float32(1 / _UNLIKE)
                sums[row, column, band, 0] += weight
                sums[row, column, band, 1] += weight / (one + worst * worst)
                sums[row, column, band, 2] += weight * (
                    a * other_disparity[i, j]
                    + b * other_disparity[i, j + 1]
                    + c * other_disparity[i + 1, j]
                    + d * other_disparity[i + 1, j + 1]
                    - own
                )


@kernel()
def _shift(sums: np.ndarray, path: np.ndarray) -> None:
    bands, rows, columns, _ = path.shape
    most = np.float32(_MOST)
    for band in range(bands):
        for i in range(rows):
            for j in range(columns):
                weight = sums[i, j, band, 0]
                if weight <= 0:
                    continue
                stiff = np.float32(_STIFF) * weight
                xx, xy, yy = sums[i, j, band, 1] + stiff, sums[i, j, band, 2], sums[i, j, band, 3] + stiff
                xo, yo = sums[i, j, band, 4], sums[i, j, band, 5]
                det = xx * yy - xy * xy
                dx, dy = -(yy * xo - xy * yo) / det, -(xx * yo - xy * xo) / det
                path[band, i, j, 0] += min(max(dx, -most), most)
                path[band, i, j, 1] += min(max(dy, -most), most)


@kernel()
def _shares(sums: np.ndarray, agreement: np.ndarray) -> None:
    bands, rows, columns, _ = agreement.shape
    for band in range(bands):
        for i in range(rows):
            for j in range(columns):
                weight = sums[i, j, band, 0]
                whole = max(weight, np.float32(1e-6))
                agreement[band, i, j, 0] = sums[i, j, band, 1] / whole
                agreement[band, i, j, 1] = weight
                agreement[band, i, j, 2] = sums[i, j, band, 2] / whole
