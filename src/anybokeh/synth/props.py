"""What scenes are made of: cut-outs, still or moving, and backgrounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from anybokeh.synth import shapes, textures
from anybokeh.synth.projection import Texture, solid, texture_of


@dataclass(frozen=True)
class Prop:
    """A cut-out or a background.

    Attributes:
        name: where it comes from.
        pictures: one for a still, more for a moving one.
    """

    name: str
    pictures: tuple[Texture, ...]

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.pictures[0].aspect

    def at(self, frame: int) -> Texture:
        """The picture of a frame; a moving one runs to its end and back."""
        count = len(self.pictures)
        period = max(2 * count - 2, 1)
        place = frame % period
        return self.pictures[place if place < count else period - place]


class Props(Protocol):
    """Where props come from."""

    @property
    def name(self) -> str: ...

    def cutout(self, rng: np.random.Generator) -> Prop:
        """A cut-out such as a person, an animal or a plant."""
        ...

    def background(self, rng: np.random.Generator) -> Prop:
        """A picture that fills the frame."""
        ...

    def surface(self, rng: np.random.Generator) -> np.ndarray:
        """Fills shapes: linear light, (height, width, 3) float32, at least `shapes.SIDE` each way."""
        ...


class BuiltIn:
    """Props that are made up on the spot; needs no files."""

    name = "built in"

    def cutout(self, rng: np.random.Generator) -> Prop:
        kind = str(rng.choice(list(shapes.KINDS), p=_weights({"blob": 3, "hair": 3, "ring": 1})))
        return shape(rng, self, kind)

    def background(self, rng: np.random.Generator) -> Prop:
        return Prop("backdrop", (texture_of(solid(textures.backdrop(rng, (1280, 720)))),))

    def surface(self, rng: np.random.Generator) -> np.ndarray:
        return textures.texture(rng, (shapes.SIDE + 64, shapes.SIDE + 64))


def shape(rng: np.random.Generator, props: Props, kind: str) -> Prop:
    """A procedural cut-out, see `shapes.KINDS`, filled from `props`; or `lamps`."""
    picture = shapes.lamps(rng) if kind == "lamps" else shapes.cut_out(rng, props.surface(rng), kind)
    return Prop(kind, (texture_of(trimmed(picture)),))


def trimmed(picture: np.ndarray) -> np.ndarray:
    """The picture without its empty borders."""
    solid_part = picture[..., 3] > 0
    rows, columns = np.flatnonzero(solid_part.any(1)), np.flatnonzero(solid_part.any(0))
    if len(rows) == 0:
        return picture
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _weights(chosen: dict[str, float]) -> list[float]:
    values = np.array([chosen.get(kind, 0) for kind in shapes.KINDS], float)
    return list(values / values.sum())
