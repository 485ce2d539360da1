"""Taking what is hidden from the frames that see it, pixel by pixel at full resolution."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.hidden.bands import BANDS, home
from anybokeh.hidden.motion import NODE, corners
from anybokeh.runtime.jit import kernel

SURFACES = 2
"""Most surfaces behind a pixel that are kept."""
WORDS = 5
"""What is kept of a hidden surface: RGB, disparity, confidence."""
BLOCK = 4
"""Side of the squares of pixels that move as one, in pixels."""
DEPTHS = 65534
"""Disparity is kept in so many steps from 1 on; 0 is an outline, where colours are mixed."""
_STEP = 0.04
"""Least difference of disparity between a surface and what it hides."""
_FARTHER = 0.02
"""How much farther than a band something has to be to show that the band is not there."""
_ENOUGH = 0.05
"""Share of what is known already below which farther frames are not looked at."""
_UNLIKE = 0.15
"""Difference of encoded colours between two frames at which neither is to be believed much."""
_LEAST = 0.1
"""Confidence below which a guess is not worth keeping."""


class Sources(NamedTuple):
    """The frames that may see what a frame hides, the nearest in time first.

    Attributes:
        slot: (frames,) int64, where they are in the first axis of `pictures` and `depths`.
        bands: (frames, rows, columns) int64, for each node a bit for each band that they may see.
        weight: (frames,) float32, what they count, less the farther away in time.
        fade: (frames,) float32 in [0, 1], falling towards the ends of what is looked at.
        paths: (frames, bands, rows, columns, 4), see `settling.settled`.
        pictures: (slots, height, width, 3) uint8.
        depths: (slots, height, width) uint16, see DEPTHS.
        cells: (slots, rows, columns) uint32, see `visible_bands`.
    """

    slot: np.ndarray
    bands: np.ndarray
    weight: np.ndarray
    fade: np.ndarray
    paths: np.ndarray
    pictures: np.ndarray
    depths: np.ndarray
    cells: np.ndarray


@kernel()
def visible_bands(depths: np.ndarray) -> np.ndarray:
    """What is seen in squares of BLOCK pixels and their neighbours, (rows, columns) uint32.

    The upper half has a bit for each band, the lower half the least of the depths.
    """
    height, width = depths.shape
    rows, columns = (height + BLOCK - 1) // BLOCK, (width + BLOCK - 1) // BLOCK
    bits, least = np.zeros((rows, columns), np.uint32), np.full((rows, columns), 65535, np.uint32)
    for y in range(height):
        i = y // BLOCK
        for x in range(width):
            depth = np.uint32(depths[y, x])
            if depth:
                j = x // BLOCK
                bits[i, j] |= np.uint32(1) << np.uint32(home((depth - 1) / DEPTHS))
                least[i, j] = min(least[i, j], depth)
    result = np.zeros((rows, columns), np.uint32)
    for i in range(rows):
        for j in range(columns):
            seen, lowest = np.uint32(0), np.uint32(65535)
            for row in range(max(i - 1, 0), min(i + 2, rows)):
                for column in range(max(j - 1, 0), min(j + 2, columns)):
                    seen |= bits[row, column]
                    lowest = min(lowest, least[row, column])
            result[i, j] = (seen << np.uint32(16)) | lowest
    return result


@kernel(error_model="numpy", fastmath={"contract", "nsz"})
def gather(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    scale: float,
    sources: Sources,
    counts: np.ndarray,
    found: np.ndarray,
) -> None:
    """What is behind each pixel of one frame.

    Args:
        disparity: (height, width) of the frame.
        scale: pixels of a frame to those of its small view.
        sources: the frames to look in.
        counts: (height, width) uint8 receives how many surfaces were found.
        found: (height, width, SURFACES, WORDS) float32 receives them, the nearest first.
    """
    height, width = disparity.shape
    slots, seen, weights, fade, paths, pictures, depths, cells = sources
    frames, rows, columns = seen.shape
    anywhere = seen[0].copy()
    for f in range(1, frames):
        anywhere |= seen[f]
    ways, which = np.empty((frames + 1, 5), np.float32), np.empty(frames + 1, np.int64)
    mean, colour = np.empty(3, np.float32), np.empty(3, np.float32)
    half, step = np.float32(0.5), np.float32(_STEP)
    for top in range(thread * BLOCK, height, threads * BLOCK):
        below = min(top + BLOCK, height)
        y = (np.float32(top) + np.float32(0.5 * BLOCK)) * np.float32(scale) - half
        i = min(int((y + half) / NODE), rows - 1)
        for left in range(0, width, BLOCK):
            right = min(left + BLOCK, width)
            for row in range(top, below):
                for column in range(left, right):
                    counts[row, column] = 0
            x = (np.float32(left) + np.float32(0.5 * BLOCK)) * np.float32(scale) - half
            j = min(int((x + half) / NODE), columns - 1)
            bands = anywhere[i, j]
            if bands == 0:
                continue
            nearest = disparity[top, left]
            for row in range(top, below):
                for column in range(left, right):
                    nearest = max(nearest, disparity[row, column])
            if nearest <= step:
                continue
            for band in range(home(nearest - step), -1, -1):
                if not (bands >> band) & 1:
                    continue
                usable, is_seen = 0, False
                for f in range(frames):
                    if not (seen[f, i, j] >> band) & 1:
                        continue
                    _way(paths, f, band, y, x, np.float32(1 / scale), ways, usable)
                    row = min(max(int(top + ways[usable, 1]) // BLOCK, 0), cells.shape[1] - 1)
                    column = min(max(int(left + ways[usable, 0]) // BLOCK, 0), cells.shape[2] - 1)
                    ways[usable, 2] *= fade[f]
                    cell = np.int64(cells[slots[f], row, column])
                    lowest = np.float32((cell & 0xFFFF) - 1) * np.float32(1 / DEPTHS) + ways[usable, 3]
                    if ways[usable, 2] > 0 and lowest <= nearest - step:
                        is_seen |= (cell >> (16 + band)) & 1 > 0
                        ways[usable, 4] = weights[f]
                        which[usable] = slots[f]
                        usable += 1
                if not is_seen:
                    continue
                for row in range(top, below):
                    for column in range(left, right):
                        n = counts[row, column]
                        limit = disparity[row, column] - step
                        if n > 0:
                            limit = min(limit, found[row, column, n - 1, 3] - step)
                        if n == SURFACES or limit * BANDS < band:
                            continue
                        depth, sure = _look(
                            usable, which, ways, pictures, depths, band, row, column, limit, mean, colour
                        )
                        if sure >= _LEAST:
                            found[row, column, n, 0] = mean[0]
                            found[row, column, n, 1] = mean[1]
                            found[row, column, n, 2] = mean[2]
                            found[row, column, n, 3] = min(max(depth, np.float32(0)), np.float32(1))
                            found[row, column, n, 4] = min(
                                (sure - np.float32(_LEAST)) / np.float32(0.9 - _LEAST), np.float32(1)
                            )
                            counts[row, column] = n + 1


@kernel(inline="always")
def _way(
    paths: np.ndarray,
    f: int,
    band: int,
    y: float,
    x: float,
    grown: float,
    ways: np.ndarray,
    at: int,
) -> None:
    """The way of a band to a frame from a place in the small view: `ways[at]` receives it.

    It is columns and rows in pixels, trust, and what disparity there is less by.
    """
    above, below, left, right, a, b, c, d = corners(paths.shape[2], paths.shape[3], y, x)
    for k in range(4):
        ways[at, k] = (
            a * paths[f, band, above, left, k]
            + b * paths[f, band, above, right, k]
            + c * paths[f, band, below, left, k]
            + d * paths[f, band, below, right, k]
        )
    ways[at, 0] *= grown
    ways[at, 1] *= grown


@kernel(inline="always")
def _look(
    usable: int,
    which: np.ndarray,
    ways: np.ndarray,
    pictures: np.ndarray,
    depths: np.ndarray,
    band: int,
    y: int,
    x: int,
    limit: float,
    mean: np.ndarray,
    colour: np.ndarray,
) -> tuple[np.floating, np.floating]:
    """Disparity of a band's surface behind a pixel and its confidence; `mean` receives its colour.

    usable: how many frames there are to look in; `which` has their slots and `ways` the ways to them.
    limit: the nearest it may be.
    """
    _, height, width = depths.shape
    zero, one, half = np.float32(0), np.float32(1), np.float32(0.5)
    total = depth = sure = against = zero
    for f in range(usable):
        weight = ways[f, 4]
        if weight < np.float32(_ENOUGH) * total:
            break
        trust = ways[f, 2]
        v, u = np.float32(y) + ways[f, 1], np.float32(x) + ways[f, 0]
        if v < 0 or u < 0 or v >= height - 1 or u >= width - 1:
            continue
        slot = which[f]
        kept = depths[slot, int(v + half), int(u + half)]
        if kept == 0:
            continue
        there = np.float32(kept - 1) * np.float32(1 / DEPTHS)
        own = home(there)
        if own < band and there + ways[f, 3] < np.float32(band / BANDS - _FARTHER):
            # what is seen there lies behind where the surface ought to be
            against += weight * trust
        if own != band or there + ways[f, 3] > limit:
            continue
        off = _colour(pictures, slot, v, u, mean, total, colour)
        weight *= trust
        if total > 0:
            # what disagrees with frames nearer in time hardly counts, but speaks against them
            off *= np.float32(1 / _UNLIKE)
            alike = one / (one + off * off)
            against += weight * (one - alike)
            weight *= alike
        before, total = total, total + weight
        for c in range(3):
            mean[c] = (colour[c] * weight + mean[c] * before) / total if before > 0 else colour[c]
        depth += weight * (there + ways[f, 3])
        sure = max(sure, trust)
    if total <= 0:
        return zero, zero
    undisputed = total / (total + against)
    return depth / total, sure * undisputed * undisputed


@kernel(inline="always")
def _colour(
    pictures: np.ndarray,
    slot: int,
    v: float | np.floating,
    u: float | np.floating,
    mean: np.ndarray,
    total: float,
    colour: np.ndarray,
) -> np.floating:
    """The colour of a picture between its pixels, in [0, 1]; returns how far it is off the mean so far."""
    i, j = int(v), int(u)
    v -= np.float32(i)
    u -= np.float32(j)
    one = np.float32(1)
    a, b, c, d = (one - v) * (one - u), (one - v) * u, v * (one - u), v * u
    off = np.float32(0)
    for k in range(3):
        value = (
            a * np.float32(pictures[slot, i, j, k])
            + b * np.float32(pictures[slot, i, j + 1, k])
            + c * np.float32(pictures[slot, i + 1, j, k])
            + d * np.float32(pictures[slot, i + 1, j + 1, k])
        ) * np.float32(1 / 255)
        colour[k] = value
        if total > 0:
            off = max(off, abs(value - mean[k]))
    return off


@kernel()
def pack(
    counts: np.ndarray, found: np.ndarray, begins: np.ndarray, x: np.ndarray, values: np.ndarray
) -> None:
    """What `gather` found, row by row without gaps; row y begins at begins[y]."""
    height, width = counts.shape
    for y in range(height):
        at = begins[y]
        for column in range(width):
            for k in range(counts[y, column]):
                x[at] = column
                values[at] = found[y, column, k]
                at += 1
