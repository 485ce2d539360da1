"""Taking what is hidden from the frames that see it, pixel by pixel at full resolution."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.hidden.bands import BANDS, home
from anybokeh.hidden.motion import between, corners
from anybokeh.hidden.squares import BLOCK, DEPTHS, STEP, node_of, place_of
from anybokeh.runtime.jit import kernel

SURFACES = 2
"""Most surfaces behind a pixel that are kept."""
WORDS = 6
"""What is kept of a hidden surface: RGB, disparity, confidence, alpha if there is any."""
FULL = 65535
"""What stands for 1 in what is kept."""
_FARTHER = 0.02
"""How much farther than a band something has to be to show that the band is not there."""
_ENOUGH = 0.3
"""Share of what is known already below which farther frames are not looked at."""
_UNLIKE = 0.15
"""Difference of encoded colours between two frames at which neither is to be believed much."""
_LEAST = 0.1
"""Confidence below which a guess is not worth keeping."""
_SURE = 0.9
"""Confidence that is as good as certain."""


class Sources(NamedTuple):
    """The frames that may see what a frame hides, the nearest in time first.

    Attributes:
        slot: (frames,) int64, where they are in the first axis of `depths` and `cells`.
        bands: (frames, rows, columns) int64, for each node a bit for each band that they may see.
        gain: (frames, 3) float32, what brings their colours in line with those of the frame.
        weight: (frames,) float32, what they count, less the farther away in time.
        fade: (frames,) float32 in [0, 1], falling towards the ends of what is looked at.
        paths: (frames, bands, rows, columns, 4), see `settling.settled`.
        pictures: of each frame (height, width, 3) uint8, or 4 with alpha.
        depths: (slots, height, width) uint16, see `squares.DEPTHS`.
        cells: (slots, rows, columns) uint32, see `squares.look`.
    """

    slot: np.ndarray
    bands: np.ndarray
    gain: np.ndarray
    weight: np.ndarray
    fade: np.ndarray
    paths: np.ndarray
    pictures: tuple[np.ndarray, ...]
    depths: np.ndarray
    cells: np.ndarray


# Columns of small tables. Plain ones: to count owners of parts would be most of the work here.
_FRAME, _ROW, _COLUMN, _DOWN, _ACROSS, _MISSING = range(6)
"""Of a way: its frame; how far away the upper left one of the four pixels is whose colours are mixed; how far
the nearest one; the depth in steps, farther than which something shows that the band is not there."""
_TRUST, _DEEPER, _WEIGHT, _GAIN = 4, 5, 6, 7
"""Of a way, after what the four pixels count: trust, what disparity there is less by, weight of its frame,
and what brings its colours in line."""
_LIMIT, _TOTAL, _AGAINST, _DEPTH, _SURELY, _ALPHA = 3, 4, 5, 6, 7, 8
"""Of a pixel, after the mean colour so far: the nearest that a surface may be, -1 where none is looked for;
sums of what counts for it and against it, and of its disparity; the most trust; mean alpha."""


@kernel(error_model="numpy", fastmath={"contract", "nsz"})
def gather(
    thread: int,
    threads: int,
    disparity: np.ndarray,
    near: np.ndarray,
    scale: float,
    sources: Sources,
    counts: np.ndarray,
    found: np.ndarray,
) -> None:
    """What is behind each pixel of one frame.

    Args:
        disparity: (height, width) of the frame.
        near: (rows, columns) of its squares, see `squares.look`.
        scale: pixels of a frame to those of its small view.
        sources: the frames to look in.
        counts: (height, width) uint8 receives how many surfaces were found.
        found: (height, width, SURFACES, WORDS) uint16 receives them in steps of 1 / FULL, the nearest first.
    """
    height, width = disparity.shape
    slots, seen, gains, weights, fades, paths, pictures, depths, cells = sources
    frames, rows, columns = seen.shape
    anywhere = seen[0].copy()
    for f in range(1, frames):
        anywhere |= seen[f]
    places, values = np.empty((frames, 6), np.int64), np.empty((frames, 10), np.float32)
    pixels = np.empty((BLOCK, BLOCK, 9), np.float32)
    step = np.float32(STEP)
    for block_row in range(thread, near.shape[0], threads):
        top, below = block_row * BLOCK, min(block_row * BLOCK + BLOCK, height)
        counts[top:below] = 0
        y, i = place_of(block_row, scale), node_of(block_row, scale, rows)
        for block_column in range(near.shape[1]):
            nearest = near[block_row, block_column]
            j = node_of(block_column, scale, columns)
            if nearest == 0 or anywhere[i, j] == 0:
                continue
            left, right = block_column * BLOCK, min(block_column * BLOCK + BLOCK, width)
            x = place_of(block_column, scale)
            for band in range(home(nearest - step), -1, -1):
                if not (anywhere[i, j] >> band) & 1:
                    continue
                usable = _ways(
                    slots,
                    seen,
                    gains,
                    weights,
                    fades,
                    paths,
                    cells,
                    band,
                    i,
                    j,
                    y,
                    x,
                    scale,
                    top,
                    left,
                    nearest - step,
                    places,
                    values,
                )
                if not usable:
                    continue
                if not _begin(disparity, counts, found, band, top, left, below, right, pixels):
                    continue
                for f in range(usable):
                    _look(places, values, f, slots, pictures, depths, band, top, left, below, right, pixels)
                _keep(counts, found, top, left, below, right, pixels)


@kernel(inline="always")
def _begin(
    disparity: np.ndarray,
    counts: np.ndarray,
    found: np.ndarray,
    band: int,
    top: int,
    left: int,
    below: int,
    right: int,
    pixels: np.ndarray,
) -> bool:
    """Whether any pixel of a square may have a band behind it; `pixels` is made ready."""
    step, part = np.float32(STEP), np.float32(1 / FULL)
    is_any = False
    for row in range(top, below):
        for column in range(left, right):
            n = counts[row, column]
            limit = disparity[row, column] - step
            if n > 0:
                limit = min(limit, np.float32(found[row, column, n - 1, 3]) * part - step)
            if n == SURFACES or limit * np.float32(BANDS) < band:
                limit = np.float32(-1)
            else:
                is_any = True
            pixels[row - top, column - left, _LIMIT] = limit
            for k in range(_TOTAL, 9):
                pixels[row - top, column - left, k] = 0
    return is_any


@kernel(inline="always")
def _keep(
    counts: np.ndarray,
    found: np.ndarray,
    top: int,
    left: int,
    below: int,
    right: int,
    pixels: np.ndarray,
) -> None:
    """Keep what was found behind the pixels of a square."""
    least, range_ = np.float32(_LEAST), np.float32(1 / (_SURE - _LEAST))
    for row in range(top, below):
        for column in range(left, right):
            y, x = row - top, column - left
            total = pixels[y, x, _TOTAL]
            if total <= 0:
                continue
            undisputed = total / (total + pixels[y, x, _AGAINST])
            sure = pixels[y, x, _SURELY] * undisputed * undisputed
            if sure >= least:
                n = counts[row, column]
                for c in range(3):
                    found[row, column, n, c] = _steps(pixels[y, x, c])
                found[row, column, n, 3] = _steps(pixels[y, x, _DEPTH] / total)
                found[row, column, n, 4] = _steps((sure - least) * range_)
                found[row, column, n, 5] = _steps(pixels[y, x, _ALPHA])
                counts[row, column] = n + 1


@kernel(inline="always")
def _steps(value: float) -> np.uint16:
    return np.uint16(min(max(value, np.float32(0)), np.float32(1)) * np.float32(FULL) + np.float32(0.5))


@kernel(inline="always")
def _ways(
    slots: np.ndarray,
    seen: np.ndarray,
    gains: np.ndarray,
    weights: np.ndarray,
    fades: np.ndarray,
    paths: np.ndarray,
    cells: np.ndarray,
    band: int,
    i: int,
    j: int,
    y: float,
    x: float,
    scale: float,
    top: int,
    left: int,
    limit: float,
    places: np.ndarray,
    values: np.ndarray,
) -> int:
    """The ways of a band from a square to the frames; `places` and `values` receive them.

    Args:
        i, j: node about the square.
        y, x: its place in the small view.
        top, left: its place in the frame.
        limit: the nearest that something hidden may be.

    Returns:
        How many there are that lead anywhere; 0 unless the band is seen there.
    """
    around = corners(paths.shape[2], paths.shape[3], y, x)
    grown = np.float32(1 / scale)
    usable, is_seen = 0, False
    for f in range(seen.shape[0]):
        if not (seen[f, i, j] >> band) & 1:
            continue
        path = paths[f]
        trust = fades[f] * between(path, band, 2, around)
        if trust <= 0:
            continue
        dx, dy = grown * between(path, band, 0, around), grown * between(path, band, 1, around)
        deeper = between(path, band, 3, around)
        down, across = int(np.floor(dy + np.float32(0.5))), int(np.floor(dx + np.float32(0.5)))
        row = min(max((top + down) // BLOCK, 0), cells.shape[1] - 1)
        column = min(max((left + across) // BLOCK, 0), cells.shape[2] - 1)
        cell = np.int64(cells[slots[f], row, column])
        lowest = cell & 0xFFFF
        if np.float32(lowest - 1) * np.float32(1 / DEPTHS) + deeper > limit:
            continue
        shown = (cell >> (16 + band)) & 1 > 0
        missing = np.int64(np.ceil((np.float32(band / BANDS - _FARTHER) - deeper) * np.float32(DEPTHS))) + 1
        if not shown and lowest >= missing:
            continue
        is_seen |= shown
        v, u = np.floor(dy), np.floor(dx)
        places[usable, _FRAME], places[usable, _ROW], places[usable, _COLUMN] = f, int(v), int(u)
        places[usable, _DOWN], places[usable, _ACROSS] = down, across
        places[usable, _MISSING] = missing
        v, u = dy - v, dx - u
        one = np.float32(1)
        values[usable, 0], values[usable, 1] = (one - v) * (one - u), (one - v) * u
        values[usable, 2], values[usable, 3] = v * (one - u), v * u
        values[usable, _TRUST], values[usable, _DEEPER], values[usable, _WEIGHT] = trust, deeper, weights[f]
        for k in range(3):
            values[usable, _GAIN + k] = gains[f, k]
        usable += 1
    return usable if is_seen else 0


@kernel(inline="always")
def _look(
    places: np.ndarray,
    values: np.ndarray,
    f: int,
    slots: np.ndarray,
    pictures: tuple[np.ndarray, ...],
    depths: np.ndarray,
    band: int,
    top: int,
    left: int,
    below: int,
    right: int,
    pixels: np.ndarray,
) -> None:
    """Look in one frame for a band's surface behind the pixels of a square."""
    one, unlike = np.float32(1), np.float32(1 / _UNLIKE)
    picture, slot, missing = pictures[places[f, _FRAME]], slots[places[f, _FRAME]], places[f, _MISSING]
    i, j, down, across = places[f, _ROW], places[f, _COLUMN], places[f, _DOWN], places[f, _ACROSS]
    trust, deeper, weight = values[f, _TRUST], values[f, _DEEPER], values[f, _WEIGHT]
    gain_red, gain_green, gain_blue = values[f, _GAIN], values[f, _GAIN + 1], values[f, _GAIN + 2]
    part = np.float32(1 / 255)
    a, b, c, d = values[f, 0] * part, values[f, 1] * part, values[f, 2] * part, values[f, 3] * part
    enough = weight * np.float32(1 / _ENOUGH)
    # first depth of the band, and that of the next one
    first = (band * DEPTHS + BANDS - 1) // BANDS + 1
    last = ((band + 1) * DEPTHS + BANDS - 1) // BANDS + 1 if band < BANDS - 1 else FULL + 1
    weight *= trust
    for row in range(max(top, -i), min(below, depths.shape[1] - 1 - i)):
        y = row - top
        for column in range(max(left, -j), min(right, depths.shape[2] - 1 - j)):
            x = column - left
            limit, total = pixels[y, x, _LIMIT], pixels[y, x, _TOTAL]
            if limit < 0 or total > enough:
                continue
            kept = np.int64(depths[slot, row + down, column + across])
            if kept == 0 or kept >= last:
                continue
            if kept < first:
                if kept < missing:
                    # what is seen there lies behind where the surface ought to be
                    pixels[y, x, _AGAINST] += weight
                continue
            there = np.float32(kept - 1) * np.float32(1 / DEPTHS) + deeper
            if there > limit:
                continue
            v, u = row + i, column + j
            red = min(gain_red * _between(picture, v, u, 0, a, b, c, d), one)
            green = min(gain_green * _between(picture, v, u, 1, a, b, c, d), one)
            blue = min(gain_blue * _between(picture, v, u, 2, a, b, c, d), one)
            alpha = _between(picture, v, u, 3, a, b, c, d) if picture.shape[2] == 4 else one
            counts = weight
            if total > 0:
                # what disagrees with frames nearer in time hardly counts, but speaks against them
                red -= pixels[y, x, 0]
                green -= pixels[y, x, 1]
                blue -= pixels[y, x, 2]
                off = max(max(abs(red), abs(green)), abs(blue)) * unlike
                counts *= one / (one + off * off)
                pixels[y, x, _AGAINST] += weight - counts
                share = counts / (total + counts)
                pixels[y, x, 0] += share * red
                pixels[y, x, 1] += share * green
                pixels[y, x, 2] += share * blue
                pixels[y, x, _ALPHA] += share * (alpha - pixels[y, x, _ALPHA])
            else:
                pixels[y, x, 0], pixels[y, x, 1], pixels[y, x, 2] = red, green, blue
                pixels[y, x, _ALPHA] = alpha
            pixels[y, x, _TOTAL] = total + counts
            pixels[y, x, _DEPTH] += counts * there
            pixels[y, x, _SURELY] = max(pixels[y, x, _SURELY], trust)


@kernel(inline="always")
def _between(
    picture: np.ndarray, y: int, x: int, k: int, a: float, b: float, c: float, d: float
) -> np.floating:
    return (
        a * np.float32(picture[y, x, k])
        + b * np.float32(picture[y, x + 1, k])
        + c * np.float32(picture[y + 1, x, k])
        + d * np.float32(picture[y + 1, x + 1, k])
    )


@kernel()
def pack(
    thread: int,
    threads: int,
    counts: np.ndarray,
    found: np.ndarray,
    begins: np.ndarray,
    x: np.ndarray,
    colour: np.ndarray,
    disparity: np.ndarray,
    confidence: np.ndarray,
    alpha: np.ndarray,
) -> None:
    """What `gather` found, row by row without gaps; row y begins at begins[y]."""
    height, width = counts.shape
    part = np.float32(1 / FULL)
    for y in range(thread, height, threads):
        at = begins[y]
        for column in range(width):
            for k in range(counts[y, column]):
                x[at] = column
                for c in range(3):
                    colour[at, c] = np.float32(found[y, column, k, c]) * part
                disparity[at] = np.float32(found[y, column, k, 3]) * part
                confidence[at] = np.float32(found[y, column, k, 4]) * part
                alpha[at] = np.float32(found[y, column, k, 5]) * part
                at += 1
