"""Fast conversion between encoded frames and linear light, by tables of `optics.light`."""

from __future__ import annotations

import numpy as np

from anybokeh.render.outlines import CELL, Outlines
from anybokeh.runtime.jit import kernel


@kernel()
def linearise(thread: int, threads: int, frame: np.ndarray, table: np.ndarray, light: np.ndarray) -> None:
    """Decode one frame.

    Args:
        frame: (3, height, width) float32, code values; below 0 or above 1 is clipped.
        table: `decode_table`, or an empty array for light that is linear already and stays unclipped.
        light: (height, width, 3) float32, receives linear light.
    """
    _, height, width = frame.shape
    steps = table.shape[0] - 1
    for y in range(thread, height, threads):
        for c in range(3):
            for x in range(width):
                code = frame[c, y, x]
                if steps > 0:
                    position = min(max(code, np.float32(0)), np.float32(1)) * np.float32(steps)
                    i = min(int(position), steps - 1)
                    code = table[i] + (table[i + 1] - table[i]) * (position - np.float32(i))
                light[y, x, c] = code


@kernel()
def finish(
    thread: int,
    threads: int,
    result: np.ndarray,
    in_front: np.ndarray,
    coc: np.ndarray,
    outlines: Outlines,
    frame: np.ndarray,
    table: np.ndarray,
    negligible: float,
    out: np.ndarray,
) -> None:
    """Encode the composite; pixels in focus that nothing in front reaches are copied from the frame.

    Args:
        result: (height, width, 4) float32, linear RGB times coverage, and coverage.
        in_front: (height, width) float32, coverage of all layers before the focal plane.
        coc: (height, width) float32, circle of confusion; 0 is in focus.
        outlines: pixels that are in focus only in part are not copied.
        frame: (3, height, width) float32, the input.
        table: `encode_table`, or an empty array to leave light linear.
        negligible: coverage that does not count.
        out: (3, height, width) float32, written.
    """
    height, width, _ = result.shape
    steps = table.shape[0] - 1
    for y in range(thread, height, threads):
        for x in range(width):
            cover = result[y, x, 3]
            in_focus = coc[y, x] == 0
            cell = outlines.index[y // CELL, x // CELL]
            if cell >= 0:
                i, j = y % CELL, x % CELL
                share = outlines.share[cell, i, j]
                in_focus = (share == 1 and outlines.near[cell, i, j, 3] == 0) or (
                    share == 0 and outlines.far[cell, i, j, 3] == 0
                )
            if (in_focus and in_front[y, x] <= negligible) or cover <= negligible:
                for c in range(3):
                    out[c, y, x] = frame[c, y, x]
                continue
            scale = np.float32(1) / cover
            for c in range(3):
                light = result[y, x, c] * scale
                if steps > 0:
                    light = min(max(light, np.float32(0)), np.float32(1))
                    position = np.sqrt(np.sqrt(light)) * np.float32(steps)
                    i = min(int(position), steps - 1)
                    light = table[i] + (table[i + 1] - table[i]) * (position - np.float32(i))
                out[c, y, x] = light
