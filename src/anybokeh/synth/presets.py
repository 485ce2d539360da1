"""Kinds of synthetic clips by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Literal, get_args

import numpy as np

from anybokeh.errors import InputError
from anybokeh.runtime.threads import Crew
from anybokeh.synth.camera_noise import degrade as camera_frames
from anybokeh.synth.camera_noise import draw_camera
from anybokeh.synth.natural import covered_stage, natural_stage
from anybokeh.synth.paper import paper_stage
from anybokeh.synth.props import BuiltIn, Props
from anybokeh.synth.sample import Sample
from anybokeh.synth.stage import Stage, film

Preset = Literal["natural", "covered", "paper"]
PRESETS: tuple[str, ...] = get_args(Preset)
FRAMES = 25
SIZE = 512, 288
LEAST, LARGEST = 16, 8192


def check(preset: str, size: tuple[int, int], frames: int) -> None:
    """Raise InputError for an unknown preset, and for sizes and lengths that nothing can come of."""
    if preset not in PRESETS:
        raise InputError(f"preset is {preset!r}: expected one of {', '.join(PRESETS)}")
    if not all(LEAST <= side <= LARGEST for side in size):
        raise InputError(f"size is {size[0]}x{size[1]}: expected {LEAST} to {LARGEST} pixels each way")
    if not 1 <= frames <= 100_000:
        raise InputError(f"frames is {frames}: expected 1 or more")


def make_stage(
    preset: str, rng: np.random.Generator, props: Props, size: tuple[int, int], frames: int
) -> Stage:
    """Draw a scene of a preset; arguments as the makers of the presets.

    Raises:
        InputError: as `check`.
    """
    check(preset, size, frames)
    return _MAKERS[preset](rng, props, size, frames)


def make_sample(
    preset: str = "natural",
    seed: int | tuple[int, ...] = 0,
    *,
    props: Props | None = None,
    size: tuple[int, int] = SIZE,
    frames: int = FRAMES,
    name: str | None = None,
    degrade: bool = False,
    crew: Crew | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> Sample:
    """Make one clip with its truth; equal arguments give equal bytes.

    Args:
        preset: natural, covered or paper.
        seed: decides everything.
        props: where cut-outs and backgrounds come from; made up on the spot if None.
        size: (width, height) in pixels.
        frames: length.
        name: of the sample; from preset and seed if None.
        degrade: give the sharp frames, and only them, the noise and compression of a camera.
        crew, progress: as in `film`.

    Raises:
        InputError: as `check`.
    """
    rng = np.random.default_rng(seed)
    stage = make_stage(preset, rng, props or BuiltIn(), size, frames)
    sample = film(stage, name or f"{preset}-{seed}", crew=crew, progress=progress)
    metadata = {**sample.metadata, "seed": seed if isinstance(seed, int) else list(seed), "degraded": degrade}
    if not degrade:
        return replace(sample, metadata=metadata)
    camera = draw_camera(rng)
    recorded = camera_frames(sample.frames, camera, rng, sample.rate)
    return replace(sample, frames=recorded, metadata={**metadata, "camera": asdict(camera)})


_MAKERS: dict[str, Callable[[np.random.Generator, Props, tuple[int, int], int], Stage]] = {
    "natural": natural_stage,
    "covered": covered_stage,
    "paper": paper_stage,
}
