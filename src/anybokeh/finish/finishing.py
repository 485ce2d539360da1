"""The last step of a frame: from light that was rendered to values that are stored."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from anybokeh.clip.info import Frame
from anybokeh.clip.pixels import to_frames, to_pixels
from anybokeh.finish.blue_noise import SIZE, thresholds
from anybokeh.finish.grain import LEVELS, TILE, Grain
from anybokeh.finish.lost_grain import CELL, detail, lost_grain
from anybokeh.runtime.jit import kernel
from anybokeh.runtime.threads import Crew

_GREEN = 1
_FINE = 1023
"""Steps of code values at which the strength of grain is looked up."""
_SAME = 2e-3
"""Difference from the picture before, in stored values, up to which a pixel is left as it was."""
DITHERED = 8, 10
"""Bits of outputs whose steps can be seen."""


class Finish:
    """Gives blurred areas their grain back and rounds without steps.

    Pixels that the renderer left alone keep their bits. What is drawn depends on the frame's number and the
    grain alone, not on how a clip is cut.

    Args:
        grain: of the clip, None for none.
        dither: whether rounding is spread, so that gradients have no steps.
        depth: bits of the output.
        threads: that share the work; None for all processors.
    """

    def __init__(
        self, grain: Grain | None = None, *, dither: bool = False, depth: int = 8, threads: int | None = None
    ) -> None:
        self.grain = grain
        self._crew = Crew(threads)
        self.step = 0.0
        if dither and depth in DITHERED:
            self.step = 1.0 if depth == 8 else 65535 / (2**depth - 1)

    def __call__(self, before: Frame, after: np.ndarray) -> np.ndarray:
        """Pixels to store, of the type of those before.

        Args:
            before: the frame as it was filmed.
            after: (3, height, width) float32, rendered: in [0, 1], or linear light for frames of floats.
        """
        dtype = before.pixels.dtype
        if dtype.kind == "f" or (self.grain is None and not self.step):
            return to_pixels(after, dtype)
        grain = self.grain
        if grain is None:
            lost, strength = np.zeros((1, 1), np.float32), np.zeros((3, 1), np.float32)
            field, place = np.zeros((3, TILE, 1), np.float32), (0, 0, 1, 1)
        else:
            one = to_frames(before.pixels[..., _GREEN : _GREEN + 1])[0]
            lost = lost_grain(one, after[_GREEN], grain.deviation[:, _GREEN], self._detail, self._crew)
            strength, field, place = self._strength, grain.field, grain.place(before.index)
        shift = np.random.default_rng((SIZE, before.index)).integers(SIZE, size=(3, 2))
        pixels = np.empty(before.pixels.shape, dtype)
        self._crew.run(
            _store, before.pixels, after, lost, strength, field, np.array(place), np.float32(self.step),
            thresholds(), shift, grain is not None, np.float32(np.iinfo(dtype).max), pixels,
        )  # fmt: skip
        return pixels

    @cached_property
    def _detail(self) -> tuple[float, float]:
        assert self.grain is not None
        return detail(self.grain.field[_GREEN])

    @cached_property
    def _strength(self) -> np.ndarray:
        """Deviation at finer code values, (3, _FINE + 1)."""
        assert self.grain is not None
        code = np.linspace(0, 1, _FINE + 1)
        known = np.linspace(0, 1, LEVELS)
        strength = [np.interp(code, known, channel) for channel in self.grain.deviation.T]
        # what would be clipped would change the mean
        return np.minimum(strength, np.minimum(code, 1 - code) / 2).astype(np.float32)


@kernel()
def _store(
    thread: int,
    threads: int,
    before: np.ndarray,
    after: np.ndarray,
    lost: np.ndarray,
    strength: np.ndarray,
    field: np.ndarray,
    place: np.ndarray,
    step: float,
    noise: np.ndarray,
    shift: np.ndarray,
    grainy: bool,
    top: float,
    pixels: np.ndarray,
) -> None:
    """Add grain, round, and keep what is as it was before."""
    height, width = before.shape[:2]
    last_row = lost.shape[0] - 1
    half, one, zero = np.float32(0.5), np.float32(1), np.float32(0)
    missing = np.zeros(width, np.float32)
    same = np.empty(width, np.bool_)
    for y in range(thread, height, threads):
        if grainy:
            down = min(max((y + half) / CELL - half, zero), np.float32(last_row))
            i = int(down)
            _between(lost[i], lost[min(i + 1, last_row)], np.float32(down - i), missing)
        for x in range(width):
            same[x] = True
        for channel in range(3):
            for x in range(width):
                off = after[channel, y, x] * top - np.float32(before[y, x, channel])
                same[x] &= abs(off) < np.float32(_SAME)
        for channel in range(3):
            thresholds_row = noise[(y + shift[channel, 0]) & (SIZE - 1)]
            begin = shift[channel, 1]
            drawn = field[channel, (place[0] + place[2] * y) & (TILE - 1)]
            for x in range(width):
                if same[x]:
                    pixels[y, x, channel] = before[y, x, channel]
                    continue
                value = after[channel, y, x]
                if grainy:
                    level = int(min(max(value, zero), one) * np.float32(_FINE))
                    noisy = drawn[(place[1] + place[3] * x) & (TILE - 1)]
                    value += missing[x] * strength[channel, level] * noisy
                value = value * top + half
                value += (thresholds_row[(x + begin) & (SIZE - 1)] - half) * step
                pixels[y, x, channel] = min(max(value, zero), top)


@kernel()
def _between(upper: np.ndarray, lower: np.ndarray, down: float, values: np.ndarray) -> None:
    """A row of pixels from between two rows of cells."""
    half, one, last = np.float32(0.5), np.float32(1), np.float32(len(upper) - 1)
    for x in range(len(values)):
        across = min(max((np.float32(x) + half) / np.float32(CELL) - half, np.float32(0)), last)
        j = int(across)
        k = min(j + 1, len(upper) - 1)
        share = across - np.float32(j)
        left = upper[j] * (one - down) + lower[j] * down
        values[x] = left * (one - share) + (upper[k] * (one - down) + lower[k] * down) * share
