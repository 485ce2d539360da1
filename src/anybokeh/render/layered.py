"""The layered renderer: what a film lens would have seen, from one picture and its disparity.

Each frame is rendered by itself, in linear light: sort the pixels into layers by circle of confusion, fill in
what surfaces hide, spread every sample over its disc, and lay the blurred layers over each other.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from anybokeh.optics.focal_surface import colour_focuses
from anybokeh.optics.lens import Lens
from anybokeh.optics.light import encode_table
from anybokeh.render import samples
from anybokeh.render.breathing import breathe
from anybokeh.render.focusing import surface_of_frame
from anybokeh.render.hidden import find_hidden_surfaces
from anybokeh.render.kernels import KernelBank, kernel_bank
from anybokeh.render.known_hidden import KnownHidden, known_hidden, nothing_known
from anybokeh.render.layers import (
    BASE_LAYERS,
    FOCUS_LAYER,
    REDUCED_LAYERS,
    Pixels,
    highest_level,
    squash,
)
from anybokeh.render.light_of_frame import light_of_frame
from anybokeh.render.outlines import Outlines, find_outlines
from anybokeh.render.segment_plan import SegmentPlan, single_frames
from anybokeh.render.splat import NEGLIGIBLE_COVERAGE, splat, splat_reduced
from anybokeh.render.transfer import finish
from anybokeh.runtime.sparse_memory import sparse
from anybokeh.runtime.stages import stage
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Shot

_NO_TABLE = np.empty(0, np.float32)


@dataclass(frozen=True)
class LayeredRenderer:
    """Physically based blur on the CPU; deterministic, frame by frame, without any learned part.

    Attributes:
        lens: shape of the blur.
        threads: that render; None takes as many as there are processors.
        notes: one-line remarks for the user, such as why no graphics card renders.
    """

    lens: Lens = Lens()
    threads: int | None = None
    notes: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def name(self) -> str:
        """`layered`."""
        return "layered"

    @property
    def drawn_by(self) -> str:
        """`processor`."""
        return "processor"

    def segments(self, height: int, width: int) -> SegmentPlan:
        """Frames are rendered one by one, so any cut will do."""
        return single_frames(height, width)

    def render(self, shot: Shot) -> Any:
        """Refocus a shot.

        Returns:
            (frames, 3, height, width) float32 in the transfer function of the input; a torch tensor if the
            frames were one. Pixels in focus that no nearer blur reaches, three or more from an outline, equal
            the input exactly.
        """
        return shot.like_input(self.render_with_reach(shot)[0])

    def render_with_reach(self, shot: Shot, *, reach: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """The refocused frames, and where the blur of what is nearer than the focal plane reaches.

        Returns:
            (frames, 3, height, width) float32, and its coverage, (frames, height, width) float32 in [0, 1]: 0
            where pixels in focus stay as they are; None unless `reach`.
        """
        shot = shot.without_context()
        height, width = shot.frames.shape[2:]
        result = np.empty_like(shot.frames)
        reached = np.empty_like(shot.disparity) if reach else None
        bank = kernel_bank(self.lens, shot.pixel_aspect, shot.display_width / height)
        with Crew(self.threads) as crew:
            room = _ROOMS.take(height, width, bank, crew)
            for index in range(len(shot)):
                in_front = self._render_frame(shot, index, room, result[index])
                focus = shot.focus[index]
                result[index] = breathe(result[index], self.lens, focus)
                if reached is not None:
                    reached[index] = breathe_reach(in_front, self.lens, focus)
            _ROOMS.keep(room)
        return result, reached

    def _render_frame(self, shot: Shot, index: int, room: Room, out: np.ndarray) -> np.ndarray:
        frame = shot.frames[index]
        light = room.light
        light_of_frame(shot, index, self.lens, room.crew, light)
        table = _NO_TABLE if shot.transfer == "linear" else encode_table(shot.transfer)
        reached = None
        for colour in colour_focuses(self.lens):
            surface = surface_of_frame(shot, index, self.lens, colour)
            coc = surface.circle_of_confusion(shot.disparity[index])
            with stage("outlines"):
                outlines = find_outlines(room.crew, light, np.zeros_like(coc) if shot.scene.soft else coc)
            known = known_hidden(shot, index, surface)
            with stage("layers"):
                result, in_front = composite(light, coc, outlines, *surface.limits(), room, known)
            drawn = out if len(colour.channels) == 3 else np.empty_like(out)
            room.crew.run(finish, result, in_front, coc, outlines, frame, table, NEGLIGIBLE_COVERAGE, drawn)
            if drawn is not out:
                out[list(colour.channels)] = drawn[list(colour.channels)]
                reached = in_front.copy() if reached is None else np.maximum(reached, in_front)
        return in_front if reached is None else reached


class Room:
    """Kernels, threads, and memory that is used again from frame to frame."""

    def __init__(self, height: int, width: int, bank: KernelBank, crew: Crew) -> None:
        self.bank = bank
        self.crew = crew
        self.light = np.empty((height, width, 3), np.float32)
        self.position = np.empty((height, width), np.float32)
        self.result = np.empty((height, width, 4), np.float32)
        self.in_front = np.empty((height, width), np.float32)
        self.points = samples.Points.allocate(height, width)
        largest = max(math.prod(self._shape(level)) for level in range(2))
        self._memory = sparse((samples.WORDS * largest,), np.int32)

    def samples(self, level: int) -> samples.Samples:
        """Where a level's samples go, 0 is full size; all levels use the same memory, one after the other."""
        return samples.Samples.within(self._memory, self._shape(level), self.bank.of_level(level).reach)

    def _shape(self, level: int) -> tuple[int, int]:
        side = self.bank.of_level(level).side
        return samples.Samples.shape(self.points, self.position.shape[1], level, side)


class KeptRoom:
    """The room of the last render, for the next one of that size: new memory takes long to make ready.

    Several threads may ask for it; those that come while it is in use get rooms of their own. One is kept for
    all renderers of a process: it takes some 230 MB at 1080p, more where there are many outlines.
    """

    def __init__(self) -> None:
        self._kept: deque[Room] = deque(maxlen=1)

    def take(self, height: int, width: int, bank: KernelBank, crew: Crew) -> Room:
        """A room of this size with these kernels, for this crew."""
        try:
            room = self._kept.pop()
        except IndexError:
            return Room(height, width, bank, crew)
        if room.bank is not bank or room.position.shape != (height, width):
            return Room(height, width, bank, crew)
        room.crew = crew
        return room

    def keep(self, room: Room) -> None:
        """Keep a room that is no longer used, in place of what was kept."""
        self._kept.append(room)


_ROOMS = KeptRoom()


def breathe_reach(in_front: np.ndarray, lens: Lens, focus: float) -> np.ndarray:
    """Coverage in front of the focal plane, (height, width), as `breathe`; what is negligible is 0."""
    return breathe(np.where(in_front > NEGLIGIBLE_COVERAGE, in_front, 0)[None], lens, focus)[0]


def composite(
    light: np.ndarray,
    coc: np.ndarray,
    outlines: Outlines,
    low: float,
    high: float,
    room: Room,
    known: KnownHidden | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Blur and composite one frame in linear light.

    Args:
        light: (height, width, 3) float32, linear.
        coc: (height, width) float32, signed circle of confusion in rows of pixels.
        outlines: pixels near outlines, taken apart.
        low: circle of confusion at disparity 0, the least possible.
        high: circle of confusion at disparity 1.
        room: kernels of the lens, and memory.
        known: surfaces behind that are known.

    Returns:
        (height, width, 4) linear RGB times coverage and coverage, and (height, width) coverage in front of
        the focal plane; both are overwritten by the next call.
    """
    crew, pixels = room.crew, Pixels(light, coc, room.position)
    crew.run(squash, coc, pixels.position)
    hidden = find_hidden_surfaces(crew, pixels, outlines, low, high)
    known = known or nothing_known(len(coc))
    crew.run(samples.collect, pixels, outlines, hidden, known, room.points)
    result, in_front = room.result, room.in_front
    result.fill(0)
    least, largest = known.extremes(coc)
    for level in range(highest_level(largest), 0, -1):
        _draw_level(level, room)
    base, kernels = room.samples(0), room.bank.full
    crew.run(samples.base_samples, room.points, coc.shape[1], kernels, base)
    crew.run(splat, base, kernels, BASE_LAYERS, result, FOCUS_LAYER, in_front)
    for level in range(1, highest_level(-least) + 1):
        _draw_level(-level, room)
    return result, in_front


def _draw_level(level: int, room: Room) -> None:
    """Draw one side of a reduced level behind what the result already holds."""
    chosen, kernels, size = room.samples(abs(level)), room.bank.reduced, 1 << abs(level)
    room.crew.run(samples.level_samples, room.points, room.position.shape[1], level, kernels, chosen)
    room.crew.run(splat_reduced, chosen, kernels, REDUCED_LAYERS, size, room.result)
