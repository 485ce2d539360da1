"""Splat and composite one group of layers, row by row.

For every row of the result the row differences of all kernels that touch it are added up, one line a layer;
one running sum turns them into blurred light and coverage, and the layers are laid over each other front to
back. No layer is ever held as a picture.
"""

from __future__ import annotations

import numpy as np

from anybokeh.render.kernels import Kernels
from anybokeh.render.samples import Samples
from anybokeh.runtime.jit import kernel

_BLOCK = 16
"""Pixels of a row that are summed or skipped together."""
NEGLIGIBLE_COVERAGE = 1e-5
"""Coverage below this is rounding: it adds no light, and does not count as reaching a pixel."""


@kernel(fastmath={"contract", "nsz"})
def splat(
    thread: int,
    threads: int,
    samples: Samples,
    kernels: Kernels,
    layer_count: int,
    result: np.ndarray,
    focus_layer: int,
    in_front: np.ndarray,
) -> None:
    """Blur the samples and composite them behind what `result` already holds.

    Layers are added front to back, each only as far as there is room: min(coverage, 1 - covered so far).
    Neighbouring layers of one slanted surface complement each other that way instead of shining through.

    Args:
        samples: what is blurred.
        kernels: those that the samples chose from.
        layer_count: number of layers in the group.
        result: (height, width, 4) float32, linear RGB times coverage, and coverage; changed in place.
        focus_layer: index of the layer with the focal plane, or -1.
        in_front: (height, width) float32, receives the coverage in front of that layer.
    """
    xs, indices, layers, light, reaching = samples
    rows, offsets, weights, reach = kernels.rows, kernels.offsets, kernels.weights, kernels.reach
    height, width, _ = result.shape
    margin = 2 * kernels.side + 1
    blocks = (width + 2 * margin + 1) // _BLOCK + 1
    sums = np.zeros((layer_count, blocks * _BLOCK * 4), np.float32)
    touched = np.zeros((layer_count, blocks), np.bool_)
    used = np.zeros(layer_count, np.bool_)
    for y in range(thread, height, threads):
        for dy in range(-reach, reach + 1):
            source = min(max(y + dy, 0), height - 1)
            kernel_row = reach - dy
            for n in range(reaching[source, abs(dy)]):
                begin = rows[indices[source, n], kernel_row]
                end = rows[indices[source, n], kernel_row + 1]
                if begin == end:
                    continue
                layer = layers[source, n]
                line = sums[layer]
                start = xs[source, n] + margin
                red, green = light[source, n, 0], light[source, n, 1]
                blue, cover = light[source, n, 2], light[source, n, 3]
                for pair in range(begin, end):
                    at = np.uint64((start + offsets[pair]) * 4)
                    left, right = weights[pair, 0], weights[pair, 1]
                    line[at] += left * red
                    line[at + np.uint64(1)] += left * green
                    line[at + np.uint64(2)] += left * blue
                    line[at + np.uint64(3)] += left * cover
                    line[at + np.uint64(4)] += right * red
                    line[at + np.uint64(5)] += right * green
                    line[at + np.uint64(6)] += right * blue
                    line[at + np.uint64(7)] += right * cover
                first, last = (start + offsets[begin]) // _BLOCK, (start + offsets[end - 1] + 1) // _BLOCK
                for block in range(first, last + 1):
                    touched[layer, block] = True
                used[layer] = True
        for layer in range(layer_count):
            if layer == focus_layer:
                for x in range(width):
                    in_front[y, x] = result[y, x, 3]
            if used[layer]:
                _composite(sums[layer], touched[layer], margin, result[y])
                used[layer] = False


@kernel(fastmath={"contract", "nsz"})
def _composite(line: np.ndarray, touched: np.ndarray, margin: int, result: np.ndarray) -> None:
    """Sum one layer's row, lay it behind `result` (width, 4) and clear it for the next row."""
    one, negligible = np.float32(1), np.float32(NEGLIGIBLE_COVERAGE)
    red = green = blue = cover = np.float32(0)
    width = result.shape[0]
    for block in range(touched.shape[0]):
        if not touched[block] and abs(cover) <= negligible:
            continue
        touched[block] = False
        for at in range(block * _BLOCK, block * _BLOCK + _BLOCK):
            i = np.uint64(at * 4)
            red += line[i]
            green += line[i + np.uint64(1)]
            blue += line[i + np.uint64(2)]
            cover += line[i + np.uint64(3)]
            line[i] = 0
            line[i + np.uint64(1)] = 0
            line[i + np.uint64(2)] = 0
            line[i + np.uint64(3)] = 0
            if cover > negligible and margin <= at < margin + width:
                x = np.uint64(at - margin)
                room = one - result[x, 3]
                if room > negligible:
                    if cover <= room:
                        result[x, 0] += red
                        result[x, 1] += green
                        result[x, 2] += blue
                        result[x, 3] += cover
                    else:
                        share = room / cover
                        result[x, 0] += share * red
                        result[x, 1] += share * green
                        result[x, 2] += share * blue
                        result[x, 3] = one
        if abs(cover) <= negligible:
            # What is left of light beside no coverage is rounding: it must not grow along the row.
            red = green = blue = cover = np.float32(0)


@kernel()
def lay_behind(thread: int, threads: int, result: np.ndarray, group: np.ndarray, size: int) -> None:
    """Enlarge a reduced group bilinearly and composite it behind `result`, in place.

    Args:
        result: (height, width, 4) float32, as in `splat`.
        group: (rows, columns, 4) float32, of cells of `size` pixels.
        size: 2^level.
    """
    height, width, _ = result.shape
    rows, columns, _ = group.shape
    one, half, negligible = np.float32(1), np.float32(0.5), np.float32(NEGLIGIBLE_COVERAGE)
    cells_per_pixel = np.float32(1 / size)
    line = np.empty((columns + 1, 4), np.float32)
    for y in range(thread, height, threads):
        v = min(max((np.float32(y) + half) * cells_per_pixel - half, np.float32(0)), np.float32(rows - 1))
        i = int(v)
        v -= np.float32(i)
        below = min(i + 1, rows - 1)
        for j in range(columns + 1):
            for c in range(4):
                line[j, c] = (one - v) * group[i, min(j, columns - 1), c] + v * group[
                    below, min(j, columns - 1), c
                ]
        for x in range(width):
            room = one - result[y, x, 3]
            if room <= negligible:
                continue
            u = min(
                max((np.float32(x) + half) * cells_per_pixel - half, np.float32(0)), np.float32(columns - 1)
            )
            j = int(u)
            u -= np.float32(j)
            cover = (one - u) * line[j, 3] + u * line[j + 1, 3]
            if cover > negligible:
                share = min(one, room / cover)
                for c in range(4):
                    result[y, x, c] += share * ((one - u) * line[j, c] + u * line[j + 1, c])
