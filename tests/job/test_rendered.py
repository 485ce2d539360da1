"""Rendered frames are compared with what the lens would show without blur."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from anybokeh.clip import Frame
from anybokeh.clip.pixels import to_frames
from anybokeh.finish import Finish, measure_grain
from anybokeh.job.rendered import part_of, rendered_frames
from anybokeh.optics import Lens
from anybokeh.render import LayeredRenderer, Shot

SHAPE = 128, 192
LENS = Lens(breathing=0.1)


def grainy(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((*SHAPE, 3))
    return np.clip(np.round(120 + 4 * noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("transparent", [False, True])
def test_a_lens_that_breathes_gives_no_grain_to_what_is_sharp(transparent: bool) -> None:
    pictures = [grainy(seed).astype(np.float32) / 255 for seed in range(1, 5)]
    grain = measure_grain(list(zip(pictures[::2], pictures[1::2], strict=True)))
    assert grain is not None
    frame = Frame(0, Fraction(0), None, grainy(9))
    if transparent:
        alpha = np.full(SHAPE, 255, np.uint8)
        alpha[:8] = 128
        frame = replace(frame, alpha=alpha)
    shot = Shot(to_frames(frame.pixels)[None], np.full((1, *SHAPE), 0.6), 0.6, 20, transfer="srgb")
    part = part_of([frame], shot, [frame])
    rounded, finished = (
        next(iter(rendered_frames(LayeredRenderer(LENS), part, LENS, finish))).pixels[16:-16, 16:-16]
        for finish in (Finish(), Finish(grain))
    )
    # 1.5 times where a picture of another size is compared with it
    assert finished.std() == pytest.approx(rounded.std(), rel=0.1)
