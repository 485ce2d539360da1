"""The light of a scene: day or night, exposure, and highlights that photographs have lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anybokeh.synth.projection import Texture, texture_of

_BRIGHT = 0.8


@dataclass(frozen=True)
class Grade:
    """Applied to everything but lamps.

    Attributes:
        gain: multiplies light.
        tint: (3,) multiplies red, green and blue.
        highlights: how many times brighter the whitest parts become; 1 leaves them.
        night: whether this is a scene at night.
    """

    gain: float
    tint: tuple[float, float, float]
    highlights: float
    night: bool


def draw_grade(rng: np.random.Generator) -> Grade:
    """One scene in five is at night; every second photograph gets its highlights back."""
    night = bool(rng.random() < 0.2)
    gain = rng.uniform(0.15, 0.45) if night else np.exp(rng.normal(0, 0.15))
    warmth = rng.normal(0, 0.08)
    highlights = np.exp(rng.uniform(np.log(1.5), np.log(12))) if rng.random() < 0.5 else 1.0
    return Grade(float(gain), (float(1 + warmth), 1.0, float(1 - warmth)), float(highlights), night)


def graded(texture: Texture, grade: Grade) -> Texture:
    """The texture in this light; what is as bright as white is taken to have been brighter."""
    picture = texture.levels[0]
    light = picture[..., :3] * (np.array(grade.tint, np.float32) * np.float32(grade.gain))
    if grade.highlights > 1:
        straight = picture[..., :3].max(-1) / np.maximum(picture[..., 3], 1e-3)
        step = np.clip((straight - _BRIGHT) / (1 - _BRIGHT), 0, 1)
        light = light * (1 + (grade.highlights - 1) * step**3)[..., None].astype(np.float32)
    return texture_of(np.concatenate([light, picture[..., 3:]], -1))
