"""Motion of each band of disparity: local affine fits to optical flow, continued under what covers it."""

from __future__ import annotations

import numpy as np

from anybokeh.hidden.bands import BANDS, bands_of, membership
from anybokeh.runtime.jit import kernel

NODE = 8
"""Pixels of a small view from one node of a motion field to the next."""
_ROUNDS = ((1.0, 1e3), (1.0, 1.0), (1.0, 0.5), (0.5, 0.25), (0.25, 0.25))
"""For each round of fitting what pixels twice as far away count, in sum of all that are about as far, and the
pixels by which flow may miss the last round's fit and still count: first the whole, then its parts."""
_EVERY = 2
"""Of rows one in so many is looked at, and of its pixels one in twice as many, as on a chequerboard."""
WEIGHT = 0
"""Which of the values that are summed is their weight: 0 where there is nothing."""
_STIFF = 0.02
"""How much a fit prefers plain shifts."""


def band_motion(flow: np.ndarray, disparity: np.ndarray) -> np.ndarray:
    """Motion of every band at every node.

    Args:
        flow: (height, width, 3) float32, columns and rows of a small view, and trust.
        disparity: (height, width) float32 in [0, 1].

    Returns:
        (bands, rows, columns, 3) float32: columns and rows of a small view, and how well supported.
    """
    height, width = disparity.shape
    rows, columns = node_grid(height, width)
    found = np.zeros((BANDS, rows, columns, 3), np.float32)
    for farther, outlier in _ROUNDS:
        sums = np.zeros((rows, columns, BANDS, 12), np.float32)
        _sum_moments(flow, disparity, found, outlier, sums)
        _solve(spread_sums(sums, farther), height, width, found)
    return found


def node_grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of nodes of a small view."""
    return -(-height // NODE), -(-width // NODE)


@kernel()
def spread_sums(sums: np.ndarray, share: float) -> np.ndarray:
    """Sums (rows, columns, bands, values) with `share` of those of twice as large surroundings, and so on."""
    pyramid = [sums]
    while pyramid[-1].shape[0] > 1 or pyramid[-1].shape[1] > 1:
        pyramid.append(_halved(pyramid[-1]))
    result = pyramid[-1]
    for level in range(len(pyramid) - 2, -1, -1):
        result = _with_coarser(pyramid[level], result, share)
    return result


@kernel()
def _halved(sums: np.ndarray) -> np.ndarray:
    rows, columns, bands, values = sums.shape
    half = np.zeros(((rows + 1) // 2, (columns + 1) // 2, bands, values), np.float32)
    for i in range(rows):
        for j in range(columns):
            for band in range(bands):
                if sums[i, j, band, WEIGHT] > 0:
                    for k in range(values):
                        half[i // 2, j // 2, band, k] += sums[i, j, band, k]
    return half


@kernel()
def _with_coarser(sums: np.ndarray, coarse: np.ndarray, share: float) -> np.ndarray:
    rows, columns, bands, values = sums.shape
    last_row, last_column = coarse.shape[0] - 1, coarse.shape[1] - 1
    result = sums.copy()
    one, part = np.float32(1), np.float32(share)
    for i in range(rows):
        v = np.float32(0.25 if i % 2 else 0.75)
        top, below = max((i - 1) // 2, 0), min((i - 1) // 2 + 1, last_row)
        for j in range(columns):
            u = np.float32(0.25 if j % 2 else 0.75)
            left, right = max((j - 1) // 2, 0), min((j - 1) // 2 + 1, last_column)
            a, b = part * (one - v) * (one - u), part * (one - v) * u
            c, d = part * v * (one - u), part * v * u
            for band in range(bands):
                known = coarse[top, left, band, WEIGHT] + coarse[top, right, band, WEIGHT]
                if known + coarse[below, left, band, WEIGHT] + coarse[below, right, band, WEIGHT] == 0:
                    continue
                for k in range(values):
                    result[i, j, band, k] += (
                        a * coarse[top, left, band, k]
                        + b * coarse[top, right, band, k]
                        + c * coarse[below, left, band, k]
                        + d * coarse[below, right, band, k]
                    )
    return result


@kernel(inline="always")
def at_nodes(nodes: np.ndarray, band: int, y: float, x: float) -> tuple[float, float, float]:
    """Three values of (bands, rows, columns, 3) between the nodes, at pixels of a small view."""
    around = corners(nodes.shape[1], nodes.shape[2], y, x)
    return (
        between(nodes, band, 0, around),
        between(nodes, band, 1, around),
        between(nodes, band, 2, around),
    )


@kernel(inline="always")
def between(
    nodes: np.ndarray,
    band: int,
    k: int,
    around: tuple[int, int, int, int, np.floating, np.floating, np.floating, np.floating],
) -> np.floating:
    """Value k of (bands, rows, columns, values) between the nodes of `corners`."""
    above, below, left, right, a, b, c, d = around
    # no view of a part: to count its owners would be most of the work here
    return (
        a * nodes[band, above, left, k]
        + b * nodes[band, above, right, k]
        + c * nodes[band, below, left, k]
        + d * nodes[band, below, right, k]
    )


@kernel(inline="always")
def corners(
    rows: int, columns: int, y: float, x: float
) -> tuple[int, int, int, int, np.floating, np.floating, np.floating, np.floating]:
    """The nodes around a place in a small view, as two rows and two columns, and the weights of the four."""
    zero, half, part = np.float32(0), np.float32(0.5), np.float32(1 / NODE)
    v = min(max((np.float32(y) + half) * part - half, zero), np.float32(rows - 1))
    u = min(max((np.float32(x) + half) * part - half, zero), np.float32(columns - 1))
    i, j = int(v), int(u)
    v -= np.float32(i)
    u -= np.float32(j)
    one = np.float32(1)
    below, right = min(i + 1, rows - 1), min(j + 1, columns - 1)
    return i, below, j, right, (one - v) * (one - u), (one - v) * u, v * (one - u), v * u


@kernel(error_model="numpy", fastmath={"contract", "nsz"})
def _sum_moments(
    flow: np.ndarray, disparity: np.ndarray, found: np.ndarray, outlier: float, sums: np.ndarray
) -> None:
    height, width = disparity.shape
    one, half, part = np.float32(1), np.float32(0.5), np.float32(1 / width)
    steep = np.float32(1 / outlier**2)
    for y in range(0, height, _EVERY):
        b = (np.float32(y) - half * np.float32(height)) * part
        for x in range(y % (2 * _EVERY), width, 2 * _EVERY):
            first, last = bands_of(disparity[y, x])
            a = (np.float32(x) - half * np.float32(width)) * part
            u, v = flow[y, x, 0], flow[y, x, 1]
            for band in range(first, last + 1):
                weight = membership(disparity[y, x], band) * flow[y, x, 2]
                if weight <= 0:
                    continue
                du, dv, _ = at_nodes(found, band, np.float32(y), np.float32(x))
                du, dv = u - du, v - dv
                off = one + (du * du + dv * dv) * steep
                weight /= off * off
                i, j = y // NODE, x // NODE
                sums[i, j, band, 0] += weight
                sums[i, j, band, 1] += weight * a
                sums[i, j, band, 2] += weight * b
                sums[i, j, band, 3] += weight * a * a
                sums[i, j, band, 4] += weight * a * b
                sums[i, j, band, 5] += weight * b * b
                sums[i, j, band, 6] += weight * u
                sums[i, j, band, 7] += weight * u * a
                sums[i, j, band, 8] += weight * u * b
                sums[i, j, band, 9] += weight * v
                sums[i, j, band, 10] += weight * v * a
                sums[i, j, band, 11] += weight * v * b


@kernel()
def _solve(sums: np.ndarray, height: int, width: int, found: np.ndarray) -> None:
    bands, rows, columns, _ = found.shape
    for band in range(bands):
        for i in range(rows):
            for j in range(columns):
                s = sums[i, j, band]
                total = s[0]
                found[band, i, j, 2] = total
                if total < 1e-6:
                    found[band, i, j, 0] = 0
                    found[band, i, j, 1] = 0
                    continue
                a, b = s[1] / total, s[2] / total
                stiff = _STIFF * _STIFF
                aa = s[3] / total - a * a + stiff
                ab = s[4] / total - a * b
                bb = s[5] / total - b * b + stiff
                det = aa * bb - ab * ab
                # the node's place in the units of the moments
                x = ((j + 0.5) * NODE - 0.5 - 0.5 * width) / width - a
                y = ((i + 0.5) * NODE - 0.5 - 0.5 * height) / width - b
                for k in range(2):
                    mean = s[6 + 3 * k] / total
                    ma = s[7 + 3 * k] / total - mean * a
                    mb = s[8 + 3 * k] / total - mean * b
                    slope_a = (bb * ma - ab * mb) / det
                    slope_b = (aa * mb - ab * ma) / det
                    found[band, i, j, k] = mean + slope_a * x + slope_b * y
