"""Rims of clipped spots: below clipping, a mixture of lamp and ground, which tells what colour the lamp has.

What a rim has more than the ground is the lamp's own light, in the lamp's colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.optics.light import decode_table
from anybokeh.repair.lamps import CLIPPED, Spots
from anybokeh.runtime.jit import kernel

RIM, STEPS = 3, 8
"""Pixels around a spot that are its rim, and up to which the ground is looked at beyond the next one."""
_RAMP = 0.1
"""Code values below clipping from which a rim counts in full."""
_SMEARED = 0.2, 0.08, 0.08
"""How far the colour of a rim may be off, from the spot outwards: coded chroma is smeared over two pixels."""
_GRAIN = 0.005
"""Least deviation of light on a rim."""
_LIT = 2.0
"""How many times its grain a pixel is brighter than the ground where a lamp lights it."""
_UNKNOWN = 1.0
"""Deviation of the ground of a spot that others enclose."""


@dataclass(frozen=True)
class Rims:
    """What is around clipped spots, in linear light.

    Attributes:
        ground: (spots, 3) float32, light of what is around.
        noise: (spots,) float32, its deviation.
        colour: (spots, 3) float32 in [0, 1], of the spot's light; the brightest channel is 1.
        seen: (spots,) float32 >= 0, light of the rim over its grain, squared.
    """

    ground: np.ndarray
    noise: np.ndarray
    colour: np.ndarray
    seen: np.ndarray


def gather_rims(frame: np.ndarray, spots: Spots, chosen: np.ndarray) -> Rims:
    """Look at what is around spots.

    Args:
        frame: (height, width, 3) float32 in [0, 1], as the camera encoded it.
        spots: of the frame.
        chosen: (chosen spots,) rising numbers of the spots to look at.
    """
    numbers = np.full(len(spots.inputs), -1, np.int32)
    numbers[chosen] = np.arange(1, len(chosen) + 1)
    # memory that is zero costs nothing until it is touched
    labels = np.zeros(spots.shape, np.int32)
    labels[spots.y, spots.x] = numbers[spots.of]
    sources = numbers[spots.of] > 0
    y, x, of, step = grown(labels, spots.y[sources], spots.x[sources], STEPS)
    code = frame[y, x]
    light = linear(code)
    count = len(chosen)
    ground, noise = np.empty((count, 3), np.float32), np.empty(count, np.float32)
    _ground(light, of, step, ground, noise)
    excess, seen = np.zeros((count, 3), np.float32), np.zeros(count, np.float32)
    _rim(code, light, of, step, ground, noise, excess, seen)
    top = excess.max(1, keepdims=True)
    colour = np.where(top > 0, np.clip(excess / np.maximum(top, np.float32(1e-6)), 0, 1), 1)
    return Rims(ground, noise, colour.astype(np.float32), seen)


def linear(code: np.ndarray) -> np.ndarray:
    """Code values of a camera in [0, 1] as linear light, float32."""
    table = decode_table("srgb")
    return table[(code * np.float32(len(table) - 1) + np.float32(0.5)).astype(np.int32)]


@kernel()
def grown(
    labels: np.ndarray, y: np.ndarray, x: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The pixels around spots, nearest first; where two meet, the one of the lower number has it.

    Args:
        labels: (height, width) int32, number of the spot and 1, 0 where there is none, -1 where none may
            grow; is overwritten.
        y, x: (pixels,) int32, of the spots.
        steps: how far to go; diagonals count in every other step, which makes octagons.

    Returns:
        Rows, columns, numbers of the spots and steps from them, (pixels around,) int32 each.
    """
    height, width = labels.shape
    room = 4 * len(y) + 1024
    rows, columns, distance = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    count = 0
    begin = 0
    for step in range(1, steps + 1):
        end = count
        sources = len(y) if step == 1 else end - begin
        for i in range(sources):
            v, u = (y[i], x[i]) if step == 1 else (rows[begin + i], columns[begin + i])
            label = labels[v, u]
            for down in range(-1, 2):
                for across in range(-1, 2):
                    if step % 2 == 0 and down != 0 and across != 0:
                        continue
                    row, column = v + down, u + across
                    if row < 0 or column < 0 or row >= height or column >= width:
                        continue
                    there = labels[row, column]
                    if there == 0:
                        if count == room:
                            rows = np.concatenate((rows, np.empty(room, np.int32)))
                            columns = np.concatenate((columns, np.empty(room, np.int32)))
                            distance = np.concatenate((distance, np.empty(room, np.int32)))
                            room *= 2
                        # numbers of this step are marked until it ends
                        labels[row, column] = -1 - label
                        rows[count], columns[count], distance[count] = row, column, step
                        count += 1
                    elif there < -1 and label < -1 - there:
                        labels[row, column] = -1 - label
        for i in range(end, count):
            labels[rows[i], columns[i]] = -1 - labels[rows[i], columns[i]]
        begin = end
    of = np.empty(count, np.int32)
    for i in range(count):
        of[i] = labels[rows[i], columns[i]] - 1
    return rows[:count], columns[:count], of, distance[:count]


@kernel()
def _ground(
    light: np.ndarray, of: np.ndarray, step: np.ndarray, ground: np.ndarray, noise: np.ndarray
) -> None:
    """Mean light beyond the rim without what is much brighter than it, and its deviation."""
    spots = len(ground)
    ground[:] = 0
    count = np.zeros(spots, np.float32)
    for turn in range(3):
        sums = np.zeros((spots, 3), np.float32)
        count[:] = 0
        for i in range(len(of)):
            spot = of[i]
            if step[i] <= RIM + 1:
                continue
            all_ = light[i, 0] + light[i, 1] + light[i, 2]
            limit = np.float32(1.3) * (ground[spot, 0] + ground[spot, 1] + ground[spot, 2])
            if turn == 0 or all_ <= limit + np.float32(0.003):
                count[spot] += 1
                for channel in range(3):
                    sums[spot, channel] += light[i, channel]
        for spot in range(spots):
            for channel in range(3):
                ground[spot, channel] = sums[spot, channel] / max(count[spot], np.float32(1))
    squares, count = np.zeros(spots, np.float32), np.zeros(spots, np.float32)
    for i in range(len(of)):
        if step[i] > RIM + 1:
            spot = of[i]
            count[spot] += 1
            for channel in range(3):
                off = light[i, channel] - ground[spot, channel]
                squares[spot] += min(off * off, np.float32(0.02))
    for spot in range(spots):
        noise[spot] = np.sqrt(squares[spot] / (3 * max(count[spot], np.float32(1))))
        if count[spot] == 0:
            noise[spot] = _UNKNOWN


@kernel()
def _rim(
    code: np.ndarray,
    light: np.ndarray,
    of: np.ndarray,
    step: np.ndarray,
    ground: np.ndarray,
    noise: np.ndarray,
    excess: np.ndarray,
    seen: np.ndarray,
) -> None:
    """Sum what a rim has more than the ground.

    A pixel counts by how exactly it tells the colour: the more light, the less grain; the nearer to the
    spot, the more of the spot's white is smeared into it.
    """
    for i in range(len(of)):
        spot, distance = of[i], step[i]
        top = np.float32(0)
        for channel in range(3):
            top = max(top, light[i, channel] - ground[spot, channel])
        brightest = max(max(code[i, 0], code[i, 1]), code[i, 2])
        weight = min((np.float32(CLIPPED) - brightest) / np.float32(_RAMP), np.float32(1))
        grain = noise[spot] + np.float32(_GRAIN)
        if distance > RIM or weight <= 0 or top <= np.float32(_LIT) * grain:
            continue
        smeared = np.float32(_SMEARED[distance - 1]) * top
        weight *= top / (grain * grain + smeared * smeared)
        seen[spot] += weight * top
        for channel in range(3):
            excess[spot, channel] += weight * (light[i, channel] - ground[spot, channel])
