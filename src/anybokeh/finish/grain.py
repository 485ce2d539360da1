"""The grain of a clip, and fields of noise that look like it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

TILE = 512
"""Rows and columns of a field of noise; it repeats beyond."""
LEVELS = 32
"""Code values at which the deviation is known, from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Grain:
    """Noise of a camera or of film, as a clip shows it.

    Attributes:
        deviation: (LEVELS, 3) float32, standard deviation in code values, of red, green and blue, at equally
            spaced code values of the same channel.
        axes: (3, 3) float64, directions of colour along which noise is independent, as columns, each as long
            as the noise is strong along it.
        power: (3, size, size) float64, its power spectrum along each axis, zero frequency first.
        seed: of the clip; what is drawn depends on it and on the frame's number alone.
    """

    deviation: np.ndarray
    axes: np.ndarray
    power: np.ndarray
    seed: int = 0

    @cached_property
    def field(self) -> np.ndarray:
        """(3, TILE, TILE) float32: noise of deviation 1 in each channel, with this spectrum."""
        rng = np.random.default_rng(self.seed)
        along = np.stack([_filtered(rng.standard_normal((TILE, TILE)), power) for power in self.power])
        field = np.einsum("ca,ayx->cyx", self.axes, along)
        return (field / np.maximum(field.std((1, 2), keepdims=True), 1e-9)).astype(np.float32)

    def place(self, frame: int) -> tuple[int, int, int, int]:
        """Where a frame finds its noise in the field: row and column to begin at, and steps of 1 or -1."""
        rng = np.random.default_rng((self.seed, frame))
        down, across = rng.integers(TILE, size=2)
        steps = 1 - 2 * rng.integers(2, size=2)
        return int(down), int(across), int(steps[0]), int(steps[1])

    def scaled(self, share: float) -> Grain:
        """The same grain, weaker or stronger."""
        return Grain(self.deviation * np.float32(share), self.axes, self.power, self.seed)


def _filtered(white: np.ndarray, power: np.ndarray) -> np.ndarray:
    """White noise with a power spectrum that is given at fewer frequencies."""
    size = len(power)
    places = np.fft.fftfreq(TILE) * size
    low = np.floor(places).astype(int)
    share = places - low
    rows = power[low % size] * (1 - share)[:, None] + power[(low + 1) % size] * share[:, None]
    full = rows[:, low % size] * (1 - share) + rows[:, (low + 1) % size] * share
    shaped = np.fft.ifft2(np.fft.fft2(white) * np.sqrt(full)).real
    return shaped / max(float(shaped.std()), 1e-9)
