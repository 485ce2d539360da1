"""The fast kernels draw what their readable twin draws."""

from __future__ import annotations

import numpy as np
import pytest

from anybokeh.optics import Lens, signed_circle_of_confusion
from anybokeh.render.kernels import kernel_bank
from anybokeh.render.layered import Room, composite
from anybokeh.render.outlines import find_outlines
from anybokeh.runtime.threads import Crew

from . import plain
from .scenes import random_scene


@pytest.mark.parametrize(
    ("seed", "size", "focus", "radius", "focus_range", "lens"),
    [
        (1, (40, 48), 0.5, 6, 0.0, Lens()),
        (2, (40, 48), 0.0, 14, 0.0, Lens()),
        (3, (40, 48), 1.0, 14, 0.05, Lens()),
        (4, (37, 45), 0.45, 24, 0.03, Lens()),
        (5, (31, 50), 0.9, 30, 0.0, Lens(blades=5, rotation=20)),
        (6, (33, 43), 0.2, 28, 0.0, Lens(anamorphic=2.0, rim=0.5)),
        (7, (40, 48), 0.4, 16, 0.0, Lens(cats_eye=1.0)),
        (12, (40, 48), 0.4, 20, 0.0, Lens(spherical=0.7, dust=0.6)),
        (13, (40, 48), 0.5, 16, 0.0, Lens(astigmatism=0.8, barndoors=0.6)),
        (8, (9, 7), 0.4, 20, 0.0, Lens()),
        (9, (1, 33), 0.5, 12, 0.0, Lens()),
        (11, (70, 97), 0.1, 24, 0.0, Lens(blades=3)),
    ],
)
def test_fast_and_plain_agree(seed, size, focus, radius, focus_range, lens):
    light, disparity = random_scene(seed, *size)
    # K and width such that the radius is `radius` pixels per unit of disparity.
    coc = signed_circle_of_confusion(disparity, focus, radius, 1024, focus_range)
    low, high = signed_circle_of_confusion(np.array([0.0, 1.0]), focus, radius, 1024, focus_range)
    bank = kernel_bank(lens)
    with Crew(2) as crew:
        outlines = find_outlines(crew, light, coc)
        fast, fast_in_front = composite(light, coc, outlines, low, high, Room(*size, bank, crew))
    slow, slow_in_front = plain.composite(light, coc, outlines, low, high, bank)
    assert np.abs(fast - slow).max() < 1e-4
    assert np.abs(fast_in_front - slow_in_front).max() < 1e-4
    assert slow[..., 3].min() > 0.5
