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
_BAND = 16
"""Rows of cells that a thread draws one after the other."""
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
    height, width, _ = result.shape
    margin = 2 * kernels.side + 1
    blocks = (width + 2 * margin + 1) // _BLOCK + 1
    sums = np.zeros((layer_count, blocks * _BLOCK * 4), np.float32)
    touched = np.zeros((layer_count, blocks), np.bool_)
    used = np.zeros(layer_count, np.bool_)
    for y in range(thread, height, threads):
        _add_differences(y, height, samples, kernels, sums, touched, used)
        for layer in range(layer_count):
            if layer == focus_layer:
                for x in range(width):
                    in_front[y, x] = result[y, x, 3]
            if used[layer]:
                _composite(sums[layer], touched[layer], margin, result[y])
                used[layer] = False


@kernel(fastmath={"contract", "nsz"})
def _add_differences(
    y: int,
    height: int,
    samples: Samples,
    kernels: Kernels,
    sums: np.ndarray,
    touched: np.ndarray,
    used: np.ndarray,
) -> None:
    """Add up the row differences of all kernels that touch row y, in `sums` (layers, columns * 4)."""
    xs, indices, layers, light, reaching = samples
    rows, offsets, weights, reach = kernels.rows, kernels.offsets, kernels.weights, kernels.reach
    margin = 2 * kernels.side + 1
    # no view of a layer's line: to count its owners would take longer than to add a pair
    flat, length = sums.reshape(-1), sums.shape[1]
    one = np.uint64(1)
    for dy in range(-reach, reach + 1):
        source, kernel_row = np.uint64(min(max(y + dy, 0), height - 1)), np.uint64(reach - dy)
        for number in range(reaching[source, abs(dy)]):
            # places without a sign need not be looked at for whether they count from the end
            n = np.uint64(number)
            index = np.uint64(indices[source, n])
            begin, end = rows[index, kernel_row], rows[index, kernel_row + one]
            if begin == end:
                continue
            layer = layers[source, n]
            start = xs[source, n] + margin
            red, green = light[source, n, 0], light[source, n, 1]
            blue, cover = light[source, n, 2], light[source, n, 3]
            first = layer * length + start * 4
            for number_of_pair in range(begin, end):
                pair = np.uint64(number_of_pair)
                at = np.uint64(first + offsets[pair] * 4)
                left, right = weights[pair, 0], weights[pair, 1]
                flat[at] += left * red
                flat[at + np.uint64(1)] += left * green
                flat[at + np.uint64(2)] += left * blue
                flat[at + np.uint64(3)] += left * cover
                flat[at + np.uint64(4)] += right * red
                flat[at + np.uint64(5)] += right * green
                flat[at + np.uint64(6)] += right * blue
                flat[at + np.uint64(7)] += right * cover
            ends = (
                np.uint64(start + offsets[np.uint64(begin)]),
                np.uint64(start + offsets[np.uint64(end - 1)] + 1),
            )
            block, last = ends[0] // np.uint64(_BLOCK), ends[1] // np.uint64(_BLOCK)
            line = np.uint64(layer)
            touched[line, block] = True
            touched[line, last] = True
            # of few kernels
            for between in range(block + one, last):
                touched[line, between] = True
            used[line] = True


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


@kernel(fastmath={"contract", "nsz"})
def splat_reduced(
    thread: int,
    threads: int,
    samples: Samples,
    kernels: Kernels,
    layer_count: int,
    size: int,
    result: np.ndarray,
) -> None:
    """Blur the samples of a reduced level, enlarge each layer bilinearly and composite it behind `result`.

    Layers are enlarged one by one. Composited with each other first, their hidden surfaces would fill the
    room that the same surface, drawn on another level, has left: a line along which what is behind shows.

    Args:
        samples: what is blurred, in cells of `size` pixels.
        kernels: those that the samples chose from.
        layer_count: number of layers in the group.
        size: 2^level.
        result: (height, width, 4) float32, linear RGB times coverage, and coverage; changed in place.
    """
    height, width, _ = result.shape
    rows = samples.x.shape[0]
    columns = -(-width // size)
    margin = 2 * kernels.side + 1
    blocks = (columns + 2 * margin + 1) // _BLOCK + 1
    sums = np.zeros((layer_count, blocks * _BLOCK * 4), np.float32)
    touched = np.zeros((layer_count, blocks), np.bool_)
    used = np.zeros(layer_count, np.bool_)
    # The blurred layers of two rows of cells, and the columns in which they are not empty.
    lines = np.zeros((2, layer_count, columns + 1, 4), np.float32)
    spans = np.zeros((2, layer_count, 2), np.int32)
    mixed = np.empty((columns + 1, 4), np.float32)
    half, one = np.float32(0.5), np.float32(1)
    for top in range(thread * _BAND, rows, threads * _BAND):
        for row in range(top, min(top + _BAND + 1, rows + 1)):
            # Beyond the last row it is repeated.
            here = row % 2
            _add_differences(min(row, rows - 1), rows, samples, kernels, sums, touched, used)
            for layer in range(layer_count):
                span = spans[here, layer]
                lines[here, layer, span[0] : span[1]] = 0
                span[:] = 0
                if used[layer]:
                    _integrate(sums[layer], touched[layer], margin, lines[here, layer], span)
                    used[layer] = False
            above = row - 1
            if above < top:
                continue
            first = above * size + size // 2 if above > 0 else 0
            last = min(height, row * size + size // 2)
            for y in range(first, last):
                v = max((np.float32(y) + half) / np.float32(size) - half - np.float32(above), np.float32(0))
                for layer in range(layer_count):
                    begin, end = _union(spans[1 - here, layer], spans[here, layer])
                    if begin == end:
                        continue
                    for j in range(begin, end):
                        for c in range(4):
                            mixed[j, c] = (one - v) * lines[1 - here, layer, j, c] + v * lines[
                                here, layer, j, c
                            ]
                    _enlarge_behind(mixed, begin, end, size, result[y])


@kernel(inline="always")
def _union(one: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    if one[0] == one[1]:
        return other[0], other[1]
    if other[0] == other[1]:
        return one[0], one[1]
    return min(one[0], other[0]), max(one[1], other[1])


@kernel(fastmath={"contract", "nsz"})
def _integrate(line: np.ndarray, touched: np.ndarray, margin: int, out: np.ndarray, span: np.ndarray) -> None:
    """Sum one layer's row into `out` (columns + 1, 4), which is 0; its last column is there twice.

    span: (2,) receives the first column that is not empty, and the one after the last.
    """
    negligible = np.float32(NEGLIGIBLE_COVERAGE)
    red = green = blue = cover = np.float32(0)
    columns = out.shape[0] - 1
    first, last = columns + 1, 0
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
            if margin <= at < margin + columns:
                x = at - margin
                out[x, 0] = red
                out[x, 1] = green
                out[x, 2] = blue
                out[x, 3] = cover
                first = min(first, x)
                last = max(last, x + 1)
        if abs(cover) <= negligible:
            red = green = blue = cover = np.float32(0)
    if last == columns:
        out[columns] = out[columns - 1]
        last = columns + 1
    span[0], span[1] = min(first, last), last


@kernel(fastmath={"contract", "nsz"})
def _enlarge_behind(mixed: np.ndarray, begin: int, end: int, size: int, result: np.ndarray) -> None:
    """Lay one row of cells, (columns + 1, 4) of which only begin to end are not empty, behind (width, 4)."""
    width = result.shape[0]
    half, one, negligible = np.float32(0.5), np.float32(1), np.float32(NEGLIGIBLE_COVERAGE)
    last_column = np.float32(mixed.shape[0] - 2)
    for x in range(max((begin - 1) * size, 0), min((end + 1) * size, width)):
        room = one - result[x, 3]
        if room <= negligible:
            continue
        u = min(max((np.float32(x) + half) / np.float32(size) - half, np.float32(0)), last_column)
        j = int(u)
        u -= np.float32(j)
        # what lies outside is empty
        left = one - u if begin <= j < end else np.float32(0)
        right = u if begin <= j + 1 < end else np.float32(0)
        k = min(max(j + 1, begin), end - 1)
        j = min(max(j, begin), end - 1)
        cover = left * mixed[j, 3] + right * mixed[k, 3]
        if cover > negligible:
            share = min(one, room / cover)
            for c in range(4):
                result[x, c] += share * (left * mixed[j, c] + right * mixed[k, c])
