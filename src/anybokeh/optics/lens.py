"""The lens: what shape a point of light out of focus takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.options import Flag, PathRule, is_url, option
from anybokeh.options.option import check

_LENS = "lens"


def _read_aperture(text: str) -> dict[str, Any]:
    shape, *settings = text.split(",")
    kind, _, argument = shape.partition(":")
    if kind == "disc" and not argument:
        found: dict[str, Any] = {"blades": None, "image": None}
    elif kind == "blades":
        found = {"blades": _whole_number("aperture blades", argument), "image": None}
    elif kind == "image" and argument:
        found = {"blades": None, "image": argument if is_url(argument) else Path(argument)}
    else:
        raise InputError(f"aperture is {text!r}: expected disc, blades:N or image:PATH")
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in ("rotation", "roundness", "rim"):
            raise InputError(
                f"aperture setting {setting!r} is unknown: expected rotation=, roundness= or rim="
            )
        found[name] = _number(f"aperture {name}", value)
    return found


def _aperture_text(lens: Mapping[str, Any]) -> str:
    shape = "disc" if lens["blades"] is None else f"blades:{lens['blades']}"
    shape = shape if lens["image"] is None else f"image:{lens['image']}"
    return ",".join(
        (shape, *(f"{name}={lens[name]:g}" for name in ("rotation", "roundness", "rim") if lens[name]))
    )


def _read_highlights(text: str) -> dict[str, Any]:
    parts = text.split(",")
    if len(parts) > 3:
        raise InputError(f"highlights is {text!r:.40}: expected STRENGTH[,THRESHOLD[,KNEE]]")
    names = ("strength", "threshold", "knee")
    given = zip(names, parts, strict=False)
    return {f"highlight_{name}": _number(f"highlight {name}", part) for name, part in given}


def _highlights_text(lens: Mapping[str, Any]) -> str:
    strength, threshold, knee = (lens[f"highlight_{name}"] for name in ("strength", "threshold", "knee"))
    if knee is not None:
        return f"{strength:g},{threshold:g},{knee:g}"
    return f"{strength:g}" + ("" if threshold == _THRESHOLD else f",{threshold:g}")


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


_THRESHOLD = 0.95
_APERTURE = Flag(
    "aperture",
    "disc, blades:N or image:PATH, with ,rotation=DEG ,roundness=0..1 ,rim=-1..1",
    _LENS,
    "SHAPE",
    studio="own",
    parse=_read_aperture,
    text=_aperture_text,
)
_HIGHLIGHTS = Flag(
    "highlights",
    "radiance added to clipped highlights, in multiples of white, the code value from which they count, and "
    "over how many code values it grows to the full (up to white if not said)",
    _LENS,
    "STRENGTH[,THRESHOLD[,KNEE]]",
    sensible="mostly 1 to 8",
    studio="own",
    parse=_read_highlights,
    text=_highlights_text,
)


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
        highlight_knee: code values above the threshold over which the added radiance grows smoothly from
            nothing to the full, above 0; None grows up to white.
    """

    blades: int | None = option(None, _APERTURE, label="aperture blades", low=3, high=32)
    rotation: float = option(0.0, _APERTURE, label="aperture rotation", low=-360, high=360)
    roundness: float = option(0.0, _APERTURE, label="aperture roundness", low=0, high=1)
    image: Path | str | None = option(None, _APERTURE, label="aperture image", path=PathRule())
    rim: float = option(0.0, _APERTURE, label="aperture rim", low=-1, high=1)
    anamorphic: float = option(
        1.0,
        Flag(
            "anamorphic",
            "height over width of the blur",
            _LENS,
            "RATIO",
            sensible="2 is a classic one",
            studio="own",
        ),
        label="anamorphic ratio",
        low=0.25,
        high=4,
    )
    cats_eye: float = option(
        0.0,
        Flag(
            "cats_eye",
            "how far discs are cut towards the corners",
            _LENS,
            "0..1",
            sensible="mostly 0.3 to 0.8",
            studio="own",
        ),
        label="cat's eye",
        low=0,
        high=1,
    )
    highlight_strength: float = option(0.0, _HIGHLIGHTS, label="highlight strength", low=0, high=1000)
    highlight_threshold: float = option(
        _THRESHOLD, _HIGHLIGHTS, label="highlight threshold", low=0, high=0.999
    )
    highlight_knee: float | None = option(None, _HIGHLIGHTS, label="highlight knee", low=0.001, high=1)

    def __post_init__(self) -> None:
        check(self)
        if self.image is not None and not is_url(self.image) and not Path(self.image).is_file():
            raise InputError(f"aperture image {self.image} is not a file: give a grey picture, white is open")


def parse_aperture(text: str, lens: Lens | None = None) -> Lens:
    """Read `disc`, `blades:N` or `image:PATH`, each with `,rotation=DEG`, `,roundness=0..1`, `,rim=-1..1`.

    Raises:
        InputError: the text is none of these.
    """
    return replace(lens or Lens(), **_read_aperture(text))


def parse_highlights(text: str, lens: Lens | None = None) -> Lens:
    """Read `STRENGTH[,THRESHOLD[,KNEE]]` into the lens's highlight settings; raises InputError."""
    return replace(lens or Lens(), **_read_highlights(text))
