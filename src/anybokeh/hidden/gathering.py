"""Taking what is hidden from the frames that see it, pixel by pixel at full resolution."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from anybokeh.hidden.bands import home
from anybokeh.hidden.motion import NODE, corners
from anybokeh.runtime.jit import kernel

SURFACES = 2
"""Most surfaces behind a pixel that are kept."""
WORDS = 5
"""What is kept of a hidden surface: RGB, disparity, confidence."""
DEPTHS = 65534
"""Disparity is kept in so many steps from 1 on; 0 is an outline, where colours are mixed."""
_STEP = 0.04
"""Least difference of disparity between a surface and what it hides."""
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
    """

    slot: np.ndarray
    bands: np.ndarray
    weight: np.ndarray
    fade: np.ndarray
    paths: np.ndarray
    pictures: np.ndarray
    depths: np.ndarray


@kernel()
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
    slots, seen, weights, fade, paths, pictures, depths = sources
    rows, columns = seen.shape[1:]
    anywhere = seen[0].copy()
    for f in range(1, len(slots)):
        anywhere |= seen[f]
    mean = np.empty(3, np.float32)
    colour = np.empty(3, np.float32)
    for y in range(thread, height, threads):
        small_y = (y + 0.5) * scale - 0.5
        for x in range(width):
            counts[y, x] = 0
            small_x = (x + 0.5) * scale - 0.5
            front = disparity[y, x]
            i = min(int((small_y + 0.5) / NODE), rows - 1)
            j = min(int((small_x + 0.5) / NODE), columns - 1)
            bands = anywhere[i, j]
            first = home(front - _STEP) if front > _STEP and bands else -1
            n = 0
            for band in range(first, -1, -1):
                if not (bands >> band) & 1 or n == SURFACES:
                    continue
                total = depth = sure = against = 0.0
                for c in range(3):
                    mean[c] = 0
                for f in range(len(slots)):
                    weight = weights[f]
                    if weight < _ENOUGH * total:
                        break
                    if not (seen[f, i, j] >> band) & 1:
                        continue
                    dx, dy, trust, deeper = _path(paths, f, band, small_y, small_x)
                    v = (small_y + dy + 0.5) / scale - 0.5
                    u = (small_x + dx + 0.5) / scale - 0.5
                    if trust <= 0 or v < 0 or u < 0 or v >= height - 1 or u >= width - 1:
                        continue
                    step = depths[slots[f], int(v + 0.5), int(u + 0.5)]
                    if step == 0:
                        continue
                    there = (step - 1) / np.float32(DEPTHS)
                    own = home(there)
                    there += deeper
                    if own != band or there > front - _STEP:
                        continue
                    off = _colour(pictures, slots[f], v, u, mean, total, colour)
                    trust *= fade[f]
                    weight *= trust
                    if total > 0:
                        # what disagrees with frames nearer in time hardly counts, but speaks against them
                        alike = 1 / (1 + (off / _UNLIKE) ** 2)
                        against += weight * (1 - alike)
                        weight *= alike
                    for c in range(3):
                        mean[c] += weight * colour[c]
                    depth += weight * there
                    total += weight
                    sure = max(sure, trust)
                if total <= 0:
                    continue
                sure *= total / (total + against)
                depth /= total
                if sure < _LEAST or (n > 0 and found[y, x, n - 1, 3] - depth < _STEP):
                    continue
                for c in range(3):
                    found[y, x, n, c] = mean[c] / total
                found[y, x, n, 3] = min(max(depth, 0.0), 1.0)
                found[y, x, n, 4] = min((sure - _LEAST) / (0.9 - _LEAST), 1.0)
                n += 1
            counts[y, x] = n


@kernel(inline="always")
def _path(
    paths: np.ndarray, frame: int, band: int, y: float, x: float
) -> tuple[np.floating, np.floating, np.floating, np.floating]:
    """The four values of a path between its nodes, at pixels of a small view."""
    # no view of a part: to count its owners would be most of the work here
    i, below, j, right, a, b, c, d = corners(paths.shape[2], paths.shape[3], y, x)
    return (
        a * paths[frame, band, i, j, 0]
        + b * paths[frame, band, i, right, 0]
        + c * paths[frame, band, below, j, 0]
        + d * paths[frame, band, below, right, 0],
        a * paths[frame, band, i, j, 1]
        + b * paths[frame, band, i, right, 1]
        + c * paths[frame, band, below, j, 1]
        + d * paths[frame, band, below, right, 1],
        a * paths[frame, band, i, j, 2]
        + b * paths[frame, band, i, right, 2]
        + c * paths[frame, band, below, j, 2]
        + d * paths[frame, band, below, right, 2],
        a * paths[frame, band, i, j, 3]
        + b * paths[frame, band, i, right, 3]
        + c * paths[frame, band, below, j, 3]
        + d * paths[frame, band, below, right, 3],
    )


@kernel(inline="always")
def _colour(
    pictures: np.ndarray,
    slot: int,
    v: float,
    u: float,
    mean: np.ndarray,
    total: float,
    colour: np.ndarray,
) -> float:
    """The colour of a picture between its pixels, in [0, 1]; returns how far it is off the mean so far."""
    i, j = int(v), int(u)
    v -= i
    u -= j
    off = 0.0
    for c in range(3):
        above = (1 - u) * pictures[slot, i, j, c] + u * pictures[slot, i, j + 1, c]
        below = (1 - u) * pictures[slot, i + 1, j, c] + u * pictures[slot, i + 1, j + 1, c]
        colour[c] = ((1 - v) * above + v * below) * (1 / 255)
        if total > 0:
            off = max(off, abs(colour[c] - mean[c] / total))
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
