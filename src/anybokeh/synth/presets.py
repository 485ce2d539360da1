"""Kinds of synthetic clips by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from anybokeh.errors import InputError
from anybokeh.render.threads import Crew
from anybokeh.synth.paper import paper_stage
from anybokeh.synth.props import BuiltIn, Props
from anybokeh.synth.sample import Sample
from anybokeh.synth.stage import Stage, film

Preset = Literal["natural", "paper"]
PRESETS: tuple[str, ...] = get_args(Preset)
FRAMES = 25
SIZE = 512, 288
LARGEST = 8192


def make_stage(
    preset: str, rng: np.random.Generator, props: Props, size: tuple[int, int], frames: int
) -> Stage:
    """Draw a scene of a preset; arguments as the makers of the presets.

    Raises:
        InputError: an unknown preset, size or length.
    """
    if preset not in _MAKERS:
        raise InputError(f"preset is {preset!r}: expected one of {', '.join(PRESETS)}")
    if not all(16 <= side <= LARGEST for side in size):
        raise InputError(f"size is {size[0]}x{size[1]}: expected 16 to {LARGEST} pixels each way")
    if not 1 <= frames <= 100_000:
        raise InputError(f"frames is {frames}: expected 1 or more")
    return _MAKERS[preset](rng, props, size, frames)


def make_sample(
    preset: str = "natural",
    seed: int | tuple[int, ...] = 0,
    *,
    props: Props | None = None,
    size: tuple[int, int] = SIZE,
    frames: int = FRAMES,
    name: str | None = None,
    crew: Crew | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Sample:
    """Make one clip with its truth; equal arguments give equal bytes.

    Args:
        preset: natural or paper.
        seed: decides everything.
        props: where cut-outs and backgrounds come from; made up on the spot if None.
        size: (width, height) in pixels.
        frames: length.
        name: of the sample; from preset and seed if None.
        crew, progress: as in `film`.
    """
    rng = np.random.default_rng(seed)
    stage = make_stage(preset, rng, props or BuiltIn(), size, frames)
    sample = film(stage, name or f"{preset}-{seed}", crew=crew, progress=progress)
    sample.made["seed"] = seed if isinstance(seed, int) else list(seed)
    return sample


_MAKERS: dict[str, Callable[[np.random.Generator, Props, tuple[int, int], int], Stage]] = {
    "paper": paper_stage,
}
