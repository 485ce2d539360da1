"""Rays through a stack of cut-outs, row by row.

A point of the lens sees a plane that faces the camera as the picture shifted, and one whose disparity
changes along y alone as each row shifted: four weights hold for a whole row, and the inner loops run over
neighbouring pixels of one channel, which the compiler turns into vector operations.
"""

from __future__ import annotations

import numpy as np

from anybokeh.runtime.jit import kernel
from anybokeh.synth.layers import Packed

ROWS, COLUMNS = 16, 256
"""Size of a tile; with all layers under it a tile stays in a processor's own cache while all rays pass."""


@kernel(fastmath={"contract", "nsz"})
def trace(thread: int, threads: int, layers: Packed, points: np.ndarray, light: np.ndarray) -> None:
    """Average what all points of the lens see.

    Args:
        layers: the stack.
        points: (points, 3) as `lens_points` returns them.
        light: (3, height, width) float32, receives linear light.
    """
    radii = layers.radii
    _, height, width = light.shape
    across = -(-width // COLUMNS)
    tiles = across * -(-height // ROWS)
    total = np.empty((3, ROWS, COLUMNS), np.float32)
    # never left unset: the background multiplies what was there by 0
    row = np.zeros((3, COLUMNS), np.float32)
    clear = np.empty(COLUMNS, np.float32)
    for tile in range(thread, tiles, threads):
        top, left = tile // across * ROWS, tile % across * COLUMNS
        rows, columns = min(ROWS, height - top), min(COLUMNS, width - left)
        total[:] = 0
        for n in range(points.shape[0]):
            ux, uy, weight = points[n, 0], points[n, 1], np.float32(points[n, 2])
            for i in range(rows):
                for layer in range(layers.table.shape[0]):
                    slope = ux * radii[layer, 1] + uy * radii[layer, 2]
                    scale = 1 / (1 - slope)
                    start = (radii[layer, 0] + radii[layer, 2] * (top + i)) * scale
                    step = radii[layer, 1] * scale
                    if step == 0:
                        dx, dy = ux * start, uy * start
                        _shifted(layers, layer, top + i, left, columns, dx, dy, row, clear)
                    else:
                        _sheared(layers, layer, top + i, left, columns, ux, uy, start, step, row)
                for c in range(3):
                    for x in range(columns):
                        total[c, i, x] += weight * row[c, x]
        for c in range(3):
            for i in range(rows):
                for x in range(columns):
                    light[c, top + i, left + x] = total[c, i, x]


@kernel(inline="always")
def _shifted(
    layers: Packed,
    layer: int,
    y: int,
    left: int,
    columns: int,
    dx: float,
    dy: float,
    row: np.ndarray,
    clear: np.ndarray,
) -> None:
    """Lay one row of a layer, seen from (dx, dy) pixels away, over `row`; layer 0 replaces it."""
    pixels, entry = layers.pixels, layers.table[layer]
    begin, height, width = entry[0], entry[1], entry[2]
    i, j = int(np.floor(dy)), int(np.floor(dx))
    v, u = np.float32(dy - i), np.float32(dx - j)
    i += y - entry[4]
    j += left - entry[3]
    if i < 0 or i + 1 >= height:
        return
    first, last = 0, columns
    if layer > 0:
        at = entry[5] + 2 * i
        low, high = width, 0
        for k in range(2):
            if layers.spans[at + 2 * k] < layers.spans[at + 2 * k + 1]:
                low, high = min(low, layers.spans[at + 2 * k]), max(high, layers.spans[at + 2 * k + 1])
        first, last = max(0, low - 1 - j), min(columns, high - j)
    count = last - first
    if count <= 0:
        return
    w00, w01 = (np.float32(1) - v) * (np.float32(1) - u), (np.float32(1) - v) * u
    w10, w11 = v * (np.float32(1) - u), v * u
    start, plane = begin + i * width + j + first, height * width
    if layer > 0:
        upper = pixels[start + 3 * plane : start + 3 * plane + count + 1]
        lower = pixels[start + 3 * plane + width : start + 3 * plane + width + count + 1]
        for x in range(count):
            clear[x] = np.float32(1) - (
                w00 * upper[x] + w01 * upper[x + 1] + w10 * lower[x] + w11 * lower[x + 1]
            )
    for c in range(3):
        upper = pixels[start + c * plane : start + c * plane + count + 1]
        lower = pixels[start + c * plane + width : start + c * plane + width + count + 1]
        out = row[c, first : first + count]
        if layer > 0:
            for x in range(count):
                out[x] = (
                    w00 * upper[x]
                    + w01 * upper[x + 1]
                    + w10 * lower[x]
                    + w11 * lower[x + 1]
                    + clear[x] * out[x]
                )
        else:
            for x in range(count):
                out[x] = w00 * upper[x] + w01 * upper[x + 1] + w10 * lower[x] + w11 * lower[x + 1]


@kernel(inline="always")
def _sheared(
    layers: Packed,
    layer: int,
    y: int,
    left: int,
    columns: int,
    ux: float,
    uy: float,
    start: float,
    step: float,
    row: np.ndarray,
) -> None:
    """As `_shifted` for a plane whose disparity changes along x: every pixel has its own shift."""
    pixels, entry = layers.pixels, layers.table[layer]
    begin, height, width = entry[0], entry[1], entry[2]
    plane = height * width
    for x in range(columns):
        shift = start + step * (left + x)
        qx, qy = left + x + ux * shift - entry[3], y + uy * shift - entry[4]
        j, i = int(np.floor(qx)), int(np.floor(qy))
        if i < 0 or j < 0 or i + 1 >= height or j + 1 >= width:
            continue
        v, u = np.float32(qy - i), np.float32(qx - j)
        w00, w01 = (np.float32(1) - v) * (np.float32(1) - u), (np.float32(1) - v) * u
        w10, w11 = v * (np.float32(1) - u), v * u
        at = begin + i * width + j
        clear = np.float32(0)
        if layer > 0:
            a = at + 3 * plane
            clear = np.float32(1) - (
                w00 * pixels[a] + w01 * pixels[a + 1] + w10 * pixels[a + width] + w11 * pixels[a + width + 1]
            )
            if clear == 1:
                continue
        for c in range(3):
            a = at + c * plane
            row[c, x] = (
                w00 * pixels[a]
                + w01 * pixels[a + 1]
                + w10 * pixels[a + width]
                + w11 * pixels[a + width + 1]
                + clear * row[c, x]
            )
