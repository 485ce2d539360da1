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


def spread_sums(sums: np.ndarray, share: float) -> np.ndarray:
    """Sums (rows, columns, ...) with `share` of those of twice as large surroundings added, and so on."""
    rows, columns = sums.shape[:2]
    if rows == 1 and columns == 1:
        return sums
    rest = ((0, 0),) * (sums.ndim - 2)
    even = np.pad(sums, ((0, rows % 2), (0, columns % 2), *rest))
    half = even[::2] + even[1::2]
    coarse = spread_sums(half[:, ::2] + half[:, 1::2], share) * np.float32(share)
    return sums + _doubled(_doubled(coarse, 0), 1)[:rows, :columns]


def _doubled(values: np.ndarray, axis: int) -> np.ndarray:
    values = np.moveaxis(values, axis, 0)
    before = np.concatenate([values[:1], values[:-1]])
    after = np.concatenate([values[1:], values[-1:]])
    result = np.empty((2 * len(values), *values.shape[1:]), values.dtype)
    result[::2] = np.float32(0.75) * values + np.float32(0.25) * before
    result[1::2] = np.float32(0.75) * values + np.float32(0.25) * after
    return np.moveaxis(result, 0, axis)


@kernel(inline="always")
def at_nodes(nodes: np.ndarray, band: int, y: float, x: float) -> tuple[float, float, float]:
    """Three values of (bands, rows, columns, 3) between the nodes, at pixels of a small view."""
    i, below, j, right, a, b, c, d = corners(nodes.shape[1], nodes.shape[2], y, x)
    # no view of a part: to count its owners would be most of the work here
    return (
        a * nodes[band, i, j, 0]
        + b * nodes[band, i, right, 0]
        + c * nodes[band, below, j, 0]
        + d * nodes[band, below, right, 0],
        a * nodes[band, i, j, 1]
        + b * nodes[band, i, right, 1]
        + c * nodes[band, below, j, 1]
        + d * nodes[band, below, right, 1],
        a * nodes[band, i, j, 2]
        + b * nodes[band, i, right, 2]
        + c * nodes[band, below, j, 2]
        + d * nodes[band, below, right, 2],
    )


@kernel(inline="always")
def corners(
    rows: int, columns: int, y: float, x: float
) -> tuple[int, int, int, int, np.floating, np.floating, np.floating, np.floating]:
    """The nodes around a place in a small view, as two rows and two columns, and the weights of the four."""
    v = np.float32(min(max((y + 0.5) / NODE - 0.5, 0.0), rows - 1.0))
    u = np.float32(min(max((x + 0.5) / NODE - 0.5, 0.0), columns - 1.0))
    i, j = int(v), int(u)
    v -= np.float32(i)
    u -= np.float32(j)
    one = np.float32(1)
    below, right = min(i + 1, rows - 1), min(j + 1, columns - 1)
    return i, below, j, right, (one - v) * (one - u), (one - v) * u, v * (one - u), v * u


@kernel()
def _sum_moments(
    flow: np.ndarray, disparity: np.ndarray, found: np.ndarray, outlier: float, sums: np.ndarray
) -> None:
    height, width = disparity.shape
    for y in range(height):
        b = (y - 0.5 * height) / width
        for x in range(width):
            first, last = bands_of(disparity[y, x])
            a = (x - 0.5 * width) / width
            u, v = flow[y, x, 0], flow[y, x, 1]
            for band in range(first, last + 1):
                weight = membership(disparity[y, x], band) * flow[y, x, 2]
                if weight <= 0:
                    continue
                du, dv, _ = at_nodes(found, band, y, x)
                off = ((u - du) ** 2 + (v - dv) ** 2) / outlier**2
                weight /= (1 + off) ** 2
                cell = sums[y // NODE, x // NODE, band]
                cell[0] += weight
                cell[1] += weight * a
                cell[2] += weight * b
                cell[3] += weight * a * a
                cell[4] += weight * a * b
                cell[5] += weight * b * b
                cell[6] += weight * u
                cell[7] += weight * u * a
                cell[8] += weight * u * b
                cell[9] += weight * v
                cell[10] += weight * v * a
                cell[11] += weight * v * b


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
