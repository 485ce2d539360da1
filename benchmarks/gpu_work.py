"""Count the work of the layered renderer's shaders, and reckon from it what graphics cards could do.

    python benchmarks/gpu_work.py

Operations and bytes a frame are counted from the loops of the shaders in `anybokeh/render/webgpu/shaders`,
for disparity spread evenly over [0, 1] with the focus in the middle. Frames a second are reckoned, not
measured: half of a card's peak, and the slower of arithmetic and memory. The processor's part of a frame,
which finds outlines, and copies between processor and card are left out; `gpu.py` measures all of it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from anybokeh.render.layers import (
    BASE_LAYERS_PER_UNIT,
    BASE_RADIUS,
    LAYERS_PER_OCTAVE,
    REDUCED_RADIUS,
    highest_level,
)

TILE = 8
POINTS = 1.25
"""Samples a pixel, hidden ones included, in pictures with many outlines."""
CELL_SAMPLES = 1.5
"""Samples a cell of a reduced level: neighbours of another layer share its cells."""
VISITED, TESTED, TOUCHED = 12, 24, 12
"""Operations of `gathered` for a sample and a pixel: to tell that it lies too far off the tile, more where it
does not, and more where its kernel touches the pixel."""
RADII = 256
"""Radii that are looked at, evenly spread as disparity is."""


class Work(NamedTuple):
    """What one pixel costs."""

    operations: float
    bytes: float

    def __add__(self, other: tuple[float, ...]) -> Work:  # pyright: ignore[reportIncompatibleMethodOverride]
        return Work(self.operations + other[0], self.bytes + other[1])

    def times(self, count: float) -> Work:
        """That often."""
        return Work(count * self.operations, count * self.bytes)


class Card(NamedTuple):
    """Peaks of a graphics card."""

    name: str
    operations_a_second: float
    bytes_a_second: float


CARDS = (
    Card("integrated, 1 TFLOP/s, 60 GB/s", 1e12, 60e9),
    Card("laptop, 10 TFLOP/s, 300 GB/s", 10e12, 300e9),
    Card("large, 60 TFLOP/s, 2000 GB/s", 60e12, 2000e9),
)
SIZES = (1024, 576), (1920, 1080), (3840, 2160)


def frame_work(width: int, height: int, blur: float) -> Work:
    """Operations and bytes of one frame."""
    farthest = blur * width / 1024 / 2
    levels = highest_level(farthest)
    splats = [_splat((index + 0.5) / RADII * farthest) for index in range(RADII)]
    gathering = Work(*(sum(part) / RADII for part in zip(*splats, strict=True)))
    pixel = gathering + _fixed(farthest)
    for level in range(1, levels + 1):
        pixel += _level(level).times(2)
    return pixel.times(width * height)


def frames_a_second(work: Work, card: Card) -> float:
    """At half the peak of the card."""
    slower = max(work.operations / card.operations_a_second, work.bytes / card.bytes_a_second)
    return 0.5 / slower


def _splat(radius: float) -> Work:
    """What it costs to blur one pixel of that radius: the pixels of all tiles that its layer may reach."""
    if radius <= BASE_RADIUS:
        step = int(BASE_LAYERS_PER_UNIT * math.log1p(radius))
        reach, samples, touched = math.expm1((step + 1) / BASE_LAYERS_PER_UNIT), POINTS, radius
        reach = min(reach, BASE_RADIUS)
    else:
        level = highest_level(radius)
        touched = radius / (1 << level)
        step = max(0, int(LAYERS_PER_OCTAVE * math.log2(2 * touched / BASE_RADIUS)))
        reach = min(BASE_RADIUS / 2 * 2 ** ((step + 1) / LAYERS_PER_OCTAVE), REDUCED_RADIUS)
        samples = CELL_SAMPLES / 4**level
    reach = math.ceil(reach) + 1
    visited = TILE**2 * (1 + 2 * math.ceil(reach / TILE)) ** 2
    tested = (TILE + 2 * reach) ** 2
    hits = (2 * math.ceil(touched) + 1) ** 2
    # a tile reads the samples of all tiles around it: neighbours find most of them in the cache
    return Work(samples * (visited * VISITED + tested * TESTED + hits * TOUCHED), 4 * samples * 24)


def _fixed(farthest: float) -> Work:
    """The passes that do not depend on the blur, but for how far `spread` walks; a pixel each."""
    spreads = 2 * (1 + math.floor(math.log2(max(1.0, (2 * farthest + 8) / 4))))
    return (
        Work(60, 12 + 4 + 16)  # light
        + Work(9 * 26, 16 + 9 * 20 / 16)  # behind
        + Work(8 * 40 / 16, 9 * 20 / 16 + 8 * 4 / 16)  # reach
        + Work(spreads * 8 * 30 / 16, spreads * 8 * 8 / 16)  # spread
        + Work(8 * 90 / 16, 8 * 120 / 16)  # halve, push
        + Work(200, 16 + 4 + 20 * POINTS)  # points
        + Work(27 * 256 * 4 / 64 + 80, 4 + 44 * POINTS)  # base samples
        + Work(60, 16 + 16 + 4)  # base splat, beside the gathering
        + Work(50, 16 + 4 + 16 + 12 + 12)  # finish
    )


def _level(level: int) -> Work:
    """One side of a reduced level, beside the gathering; a pixel."""
    cells = 4.0**-level
    layers = 2  # that are not empty, in a tile
    summing = Work(4 * 45, 4 + 20 * POINTS / 2)
    blurring = Work(40 * cells, (24 * CELL_SAMPLES + 16 * layers) * cells)
    return summing + blurring + Work(40 + 45 * layers, 32 + 2 * 16 * layers * cells)


def main() -> None:
    print("| | operations a frame | bytes a frame | " + " | ".join(card.name for card in CARDS) + " |")
    print("|---|" + "---|" * (2 + len(CARDS)))
    for width, height in SIZES:
        work = frame_work(width, height, 32)
        speeds = " | ".join(f"{frames_a_second(work, card):.0f}" for card in CARDS)
        print(f"| {width}x{height} | {work.operations / 1e9:.1f} G | {work.bytes / 1e9:.2f} GB | {speeds} |")


if __name__ == "__main__":
    main()
