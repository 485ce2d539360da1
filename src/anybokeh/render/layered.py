"""The layered renderer: what a film lens would have seen, from one picture and its disparity.

Each frame is rendered by itself, in linear light: sort the pixels into layers by circle of confusion, fill in
what surfaces hide, spread every sample over its disc, and lay the blurred layers over each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from anybokeh.optics.coc import signed_circle_of_confusion
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import decode_table, encode_table
from anybokeh.render import samples
from anybokeh.render.hidden import find_hidden_surfaces
from anybokeh.render.highlights import highlight_gain
from anybokeh.render.kernels import KernelBank, kernel_bank
from anybokeh.render.layers import (
    BASE_LAYERS,
    FOCUS_LAYER,
    REDUCED_LAYERS,
    highest_level,
    squash,
)
from anybokeh.render.splat import NEGLIGIBLE_COVERAGE, lay_behind, splat
from anybokeh.render.threads import Crew
from anybokeh.render.transfer import finish, linearise
from anybokeh.shot import Shot

_NO_TABLE = np.empty(0, np.float32)


@dataclass(frozen=True)
class LayeredRenderer:
    """Physically based blur on the CPU; deterministic, frame by frame, without any learned part."""

    lens: Lens = Lens()
    threads: int | None = None

    @property
    def name(self) -> str:
        """`layered`."""
        return "layered"

    def render(self, shot: Shot) -> Any:
        """Refocus a shot.

        Returns:
            (frames, 3, height, width) float32 in the transfer function of the input; a torch tensor if the
            frames were one. Pixels in focus that no nearer blur reaches equal the input exactly.
        """
        height, width = shot.frames.shape[2:]
        result = np.empty_like(shot.frames)
        bank = kernel_bank(self.lens, shot.pixel_aspect)
        with Crew(self.threads) as crew:
            room = Room.allocate(height, width, bank, crew)
            for index in range(len(shot)):
                self._render_frame(shot, index, room, result[index])
        return shot.like_input(result)

    def _render_frame(self, shot: Shot, index: int, room: Room, out: np.ndarray) -> None:
        frame, disparity = shot.frames[index], shot.disparity[index]
        linear = shot.transfer == "linear"
        lens_of_frame = (shot.focus[index], shot.blur[index], shot.display_width, shot.range[index])
        coc = signed_circle_of_confusion(disparity, *lens_of_frame)
        low, high = signed_circle_of_confusion(np.array([0.0, 1.0]), *lens_of_frame)
        light = room.light
        room.crew.run(linearise, frame, _NO_TABLE if linear else decode_table(shot.transfer), light)
        gain = highlight_gain(shot, index, self.lens)
        if gain is not None:
            light *= gain.transpose(1, 2, 0)
        result, in_front = composite(light, coc, low, high, room)
        table = _NO_TABLE if linear else encode_table(shot.transfer)
        room.crew.run(finish, result, in_front, coc, frame, table, NEGLIGIBLE_COVERAGE, out)


class Room(NamedTuple):
    """Kernels, threads, and memory that is used again from frame to frame."""

    bank: KernelBank
    crew: Crew
    light: np.ndarray
    position: np.ndarray
    result: np.ndarray
    in_front: np.ndarray
    points: samples.Points
    levels: dict[int, samples.Samples]

    @classmethod
    def allocate(cls, height: int, width: int, bank: KernelBank, crew: Crew) -> Room:
        """Room for pictures of one size; reduced levels are added when they are first needed."""
        light, result = (np.empty((height, width, channels), np.float32) for channels in (3, 4))
        position, in_front = (np.empty((height, width), np.float32) for _ in range(2))
        points = samples.Points.allocate(height, width)
        return cls(bank, crew, light, position, result, in_front, points, {})

    def samples(self, level: int) -> samples.Samples:
        """The memory of a level, 0 is full size."""
        if level not in self.levels:
            bank = self.bank.for_cells if level else self.bank
            height, width = self.position.shape
            allocated = samples.Samples.allocate(height, width, level, bank.reach, bank.side)
            self.levels[level] = allocated
        return self.levels[level]


def composite(
    light: np.ndarray, coc: np.ndarray, low: float, high: float, room: Room
) -> tuple[np.ndarray, np.ndarray]:
    """Blur and composite one frame in linear light.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in rows of pixels.
        low: circle of confusion at disparity 0, the least possible.
        high: circle of confusion at disparity 1.
        room: kernels of the lens, and memory.

    Returns:
        (height, width, 4) linear RGB times coverage and coverage, and (height, width) coverage in front of
        the focal plane; both are overwritten by the next call.
    """
    _, width = coc.shape
    crew, position = room.crew, room.position
    crew.run(squash, coc, position)
    hidden = find_hidden_surfaces(crew, light, coc, position, low, high)
    crew.run(samples.collect, light, coc, position, *hidden, *room.points)
    result, in_front = room.result, room.in_front
    result.fill(0)
    for level in range(highest_level(coc.max()), 0, -1):
        crew.run(lay_behind, result, _reduced_group(level, width, room), 1 << level)
    base = room.samples(0)
    crew.run(samples.base_samples, *room.points, width, *_kernel_choice(room.bank), *base)
    _splat(base, crew, room.bank, BASE_LAYERS, result, FOCUS_LAYER, in_front)
    for level in range(1, highest_level(-coc.min()) + 1):
        crew.run(lay_behind, result, _reduced_group(-level, width, room), 1 << level)
    return result, in_front


def _reduced_group(level: int, width: int, room: Room) -> np.ndarray:
    """One side of a reduced level, blurred and composited by itself: (rows, columns, 4)."""
    chosen = room.samples(abs(level))
    kernels = room.bank.for_cells
    room.crew.run(samples.level_samples, *room.points, width, level, *_kernel_choice(kernels), *chosen)
    rows, columns = len(chosen.x), chosen.x.shape[1] // REDUCED_LAYERS - 2 * kernels.side
    group = np.zeros((rows, columns, 4), np.float32)
    _splat(chosen, room.crew, kernels, REDUCED_LAYERS, group, -1, np.empty((1, 1), np.float32))
    return group


def _kernel_choice(bank: KernelBank) -> tuple:
    return bank.steps, bank.bins, bank.field, bank.reaches, bank.side


def _splat(
    chosen: samples.Samples,
    crew: Crew,
    bank: KernelBank,
    layers: int,
    result: np.ndarray,
    focus_layer: int,
    in_front: np.ndarray,
) -> None:
    tables = bank.rows, bank.offsets, bank.weights, bank.reach, bank.side
    crew.run(splat, *chosen, *tables, layers, result, focus_layer, in_front)
