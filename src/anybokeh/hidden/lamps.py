"""The light of lamps that something nearer hides, as other frames know it above what the camera recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anybokeh.hidden.bands import home
from anybokeh.hidden.gathering import Sources
from anybokeh.hidden.motion import between, corners
from anybokeh.hidden.squares import BLOCK, DEPTHS, STEP, node_of, place_of
from anybokeh.runtime.jit import kernel

if TYPE_CHECKING:
    from anybokeh.repair.lamp_light import Light

BRIGHT = 0.9
"""Code value of the brightest channel up to which nothing was clipped."""


class Lit(NamedTuple):
    """Light of the lamps of some frames, row by row.

    Attributes:
        begins: (frames, height + 1) int64, where each row begins in the others.
        x: (pixels,) int32, ascending within a row.
        stops: (pixels, 3) float32 >= 0, log2 of the gain on linear light.
    """

    begins: np.ndarray
    x: np.ndarray
    stops: np.ndarray


def lit(lights: Sequence[Light | None], height: int) -> Lit | None:
    """Light of the lamps of frames of that height, None if there is none in any."""
    known = [light for light in lights if light is not None]
    if not known:
        return None
    begins = np.zeros((len(lights), height + 1), np.int64)
    columns, stops, at = [], [], 0
    for row, light in zip(begins, lights, strict=True):
        row[:] = at
        if light is None:
            continue
        order = np.lexsort((light.x, light.y))
        row += np.searchsorted(light.y[order], np.arange(height + 1))
        columns.append(light.x[order])
        stops.append(light.stops[order])
        at += len(order)
    return Lit(begins, np.concatenate(columns).astype(np.int32), np.concatenate(stops, dtype=np.float32))


@kernel()
def light_behind(
    thread: int,
    threads: int,
    begins: np.ndarray,
    x: np.ndarray,
    colour: np.ndarray,
    disparity: np.ndarray,
    scale: float,
    sources: Sources,
    lamps: Lit,
    gain: np.ndarray,
) -> None:
    """The gain on linear light of hidden surfaces.

    Each has the mean of what the frames know that show its band where its path leads, as bright as it is.

    Args:
        begins, x, colour, disparity: see `shot.Behind`.
        scale: pixels of a frame to those of its small view.
        sources: the frames to look in.
        lamps: theirs.
        gain: (samples, 3) float32 receives it.
    """
    frames, rows, columns = sources.bands.shape
    _, height, width = sources.depths.shape
    grown = np.float32(1 / scale)
    for y in range(thread, len(begins) - 1, threads):
        for n in range(begins[y], begins[y + 1]):
            gain[n] = 1
            if max(colour[n, 0], colour[n, 1], colour[n, 2]) < BRIGHT:
                continue
            band = home(disparity[n])
            i, j = node_of(y // BLOCK, scale, rows), node_of(x[n] // BLOCK, scale, columns)
            around = corners(rows, columns, place_of(y // BLOCK, scale), place_of(x[n] // BLOCK, scale))
            red = green = blue = total = 0.0
            for f in range(frames):
                if not (sources.bands[f, i, j] >> band) & 1:
                    continue
                path = sources.paths[f]
                weight = sources.weight[f] * sources.fade[f] * between(path, band, 2, around)
                if weight <= 0:
                    continue
                row = y + int(np.floor(grown * between(path, band, 1, around) + np.float32(0.5)))
                column = x[n] + int(np.floor(grown * between(path, band, 0, around) + np.float32(0.5)))
                if not (0 <= row < height and 0 <= column < width):
                    continue
                slot = sources.slot[f]
                there = (np.int64(sources.depths[slot, row, column]) - 1) / DEPTHS
                off = there + between(path, band, 3, around) - disparity[n]
                brightest = 0
                for k in range(3):
                    brightest = max(brightest, sources.pictures[f][row, column, k])
                if there < 0 or abs(off) >= STEP or brightest < BRIGHT * 255:
                    continue
                total += weight
                at = _entry(lamps.begins[f, row], lamps.begins[f, row + 1], lamps.x, column)
                if at >= 0:
                    red += weight * lamps.stops[at, 0]
                    green += weight * lamps.stops[at, 1]
                    blue += weight * lamps.stops[at, 2]
            if total > 0:
                gain[n, 0] = 2 ** (red / total)
                gain[n, 1] = 2 ** (green / total)
                gain[n, 2] = 2 ** (blue / total)


@kernel(inline="always")
def _entry(first: int, end: int, x: np.ndarray, column: int) -> int:
    """Where a column stands between two places of ascending ones, -1 if it does not."""
    while first < end:
        middle = (first + end) // 2
        if x[middle] == column:
            return middle
        if x[middle] < column:
            first = middle + 1
        else:
            end = middle
    return -1
