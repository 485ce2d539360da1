"""The lens: what shape a point of light out of focus takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from anybokeh.errors import InputError


@dataclass(frozen=True)
class Lens:
    """Settings of the lens; the default is a perfect round aperture.

    Attributes:
        blades: number of aperture blades, 3 to 32; None is a disc.
        rotation: turn of the aperture in degrees, clockwise on screen.
        roundness: 0 straight blades, 1 a full circle.
        image: grey picture used as the aperture, white is open; replaces the blades.
        rim: light at the rim against the centre, -1 (creamy, soft rim) to 1 (soap bubble, bright rim).
        anamorphic: height of an out-of-focus disc over its width, 1 is round, 2 a classic anamorphic oval.
        cats_eye: 0 to 1, how far the barrel of the lens cuts the aperture towards the corners.
        highlight_strength: radiance added to clipped highlights, in multiples of white; 0 is off.
        highlight_threshold: code value in [0, 1) above which a pixel counts as a clipped highlight.
    """

    blades: int | None = None
    rotation: float = 0.0
    roundness: float = 0.0
    image: Path | None = None
    rim: float = 0.0
    anamorphic: float = 1.0
    cats_eye: float = 0.0
    highlight_strength: float = 0.0
    highlight_threshold: float = 0.95

    def __post_init__(self) -> None:
        if self.blades is not None and not 3 <= self.blades <= 32:
            raise InputError(f"aperture blades is {self.blades}: expected 3 to 32")
        _check("aperture rotation", self.rotation, -360, 360)
        _check("aperture roundness", self.roundness, 0, 1)
        _check("aperture rim", self.rim, -1, 1)
        _check("anamorphic ratio", self.anamorphic, 0.25, 4)
        _check("cat's eye", self.cats_eye, 0, 1)
        _check("highlight strength", self.highlight_strength, 0, 1000)
        _check("highlight threshold", self.highlight_threshold, 0, 0.999)
        if self.image is not None and not Path(self.image).is_file():
            raise InputError(f"aperture image {self.image} is not a file: give a grey picture, white is open")


def _check(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise InputError(f"{name} is {value}: expected a number from {low:g} to {high:g}")


def parse_aperture(text: str, lens: Lens | None = None) -> Lens:
    """Read `disc`, `blades:N` or `image:PATH`, each with `,rotation=DEG`, `,roundness=0..1`, `,rim=-1..1`.

    Raises:
        InputError: the text is none of these.
    """
    lens = lens or Lens()
    shape, *settings = text.split(",")
    kind, _, argument = shape.partition(":")
    if kind == "disc" and not argument:
        lens = replace(lens, blades=None, image=None)
    elif kind == "blades":
        lens = replace(lens, blades=_whole_number("aperture blades", argument), image=None)
    elif kind == "image" and argument:
        lens = replace(lens, blades=None, image=Path(argument))
    else:
        raise InputError(f"aperture is {text!r}: expected disc, blades:N or image:PATH")
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in ("rotation", "roundness", "rim"):
            raise InputError(
                f"aperture setting {setting!r} is unknown: expected rotation=, roundness= or rim="
            )
        lens = replace(lens, **{name: _number(f"aperture {name}", value)})
    return lens


def parse_highlights(text: str, lens: Lens | None = None) -> Lens:
    """Read `STRENGTH[,THRESHOLD]` into the lens's highlight settings."""
    lens = lens or Lens()
    strength, comma, threshold = text.partition(",")
    lens = replace(lens, highlight_strength=_number("highlight strength", strength))
    if comma:
        lens = replace(lens, highlight_threshold=_number("highlight threshold", threshold))
    return lens


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name} is {text!r}: expected a number") from None


def _whole_number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{name} is {text!r}: expected a whole number") from None
