"""The lens: what shape a point of light out of focus takes, and where the lens is sharp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.options import Flag, PathRule, is_url, option
from anybokeh.options.option import ChangePath, check

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
    found |= dict.fromkeys(_SETTINGS, 0.0)
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in _SETTINGS:
            *most, last = (f"{one}=" for one in _SETTINGS)
            raise InputError(f"aperture setting {setting!r} is unknown: expected {', '.join(most)} or {last}")
        found[name] = _number(f"aperture {name}", value)
    return found


def _aperture_text(lens: Mapping[str, Any]) -> str:
    shape = "disc" if lens["blades"] is None else f"blades:{lens['blades']}"
    shape = shape if lens["image"] is None else f"image:{lens['image']}"
    return ",".join((shape, *(f"{name}={lens[name]:g}" for name in _SETTINGS if lens[name])))


def _read_highlights(text: str) -> dict[str, Any]:
    parts = text.split(",")
    if len(parts) > 3:
        raise InputError(f"highlights is {text!r:.40}: expected STRENGTH[,THRESHOLD[,KNEE]]")
    names = ("strength", "threshold", "knee")
    given = zip(names, parts, strict=False)
    found = {f"highlight_{name}": _number(f"highlight {name}", part) for name, part in given}
    return {"highlight_threshold": _THRESHOLD, "highlight_knee": None} | found


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


def _expand(value: Any, change_path: ChangePath | None) -> dict[str, Any]:
    lens = Lens() if value is None else Lens.named(value, change_path)
    return {field.name: getattr(lens, field.name) for field in fields(Lens) if field.name not in OF_THE_CLIP}


def _character(name: str, help: str, metavar: str, low: float, high: float, sensible: str = "") -> Any:
    """A number that is off at 0."""
    flag = Flag(name, help, _LENS, metavar, sensible=sensible, studio="panel")
    return option(0.0, flag, low=low, high=high)


_THRESHOLD = 0.95
_SETTINGS = ("rotation", "roundness", "rim", "onion", "dust")
"""Numbers within the text of an aperture; all are off at 0."""
OF_THE_CLIP = ("highlight_strength", "highlight_threshold", "highlight_knee")
"""Fields that say something of the footage; a lens of a name leaves them alone."""
_NO_SHAPE = ("name", "axial_colour", "field_curvature", "breathing", *OF_THE_CLIP)
_NAME = Flag(
    "lens",
    "a lens by name (petzval, soap bubble, vintage 50, anamorphic 2x, modern 85), or FILE.yaml[:NAME]; "
    "options beside it win",
    _LENS,
    "NAME",
    usual="a perfect disc",
    studio="own",
    expand=_expand,
)
_APERTURE = Flag(
    "aperture",
    "disc, blades:N or image:PATH, with ,rotation=DEG ,roundness=0..1 ,rim=-1..1 ,onion=0..1 ,dust=0..1",
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
        name: what it is called, for the record: `Lens.named` makes a lens of a name.
        blades: number of aperture blades, 3 to 32; None is a disc.
        rotation: turn of the aperture in degrees, clockwise on screen.
        roundness: 0 straight blades, 1 a full circle.
        image: grey picture used as the aperture, white is open; replaces the blades.
        rim: light at the rim against the centre, -1 (creamy, soft rim) to 1 (soap bubble, bright rim).
        onion: depth of concentric rings in the disc, as polished aspheres leave, 0 to 1.
        dust: how much light specks on the glass take away where they are, 0 to 1.
        anamorphic: height of an out-of-focus disc over its width, 1 is round, 2 a classic anamorphic oval.
        cats_eye: 0 to 1, how far the barrel of the lens cuts the aperture towards the corners.
        astigmatism: -1 to 1, how far discs are drawn out towards the corners: around the middle (positive, a
            swirl) or away from it; at 1 they are twice as long as wide in the corners.
        barndoors: 0 to 1, how far straight edges cut the discs towards the picture's edges.
        spherical: -1 to 1, added to `rim` behind the focal plane and taken from it before: a bright rim
            behind (soap bubble) goes with a soft one before.
        axial_colour: disparity by which red and blue are focused farther away than green, -0.1 to 0.1.
            Positive fringes are magenta before the focal plane and green behind it.
        field_curvature: disparity by which the focal plane lies nearer in the corners than in the middle,
            -0.5 to 0.5; it grows with the square of the distance from the middle.
        breathing: share by which the picture is larger with the focus at disparity 1 than with it at 0, -0.2
            to 0.2; the smaller of the two is the picture as it is.
        highlight_strength: radiance added to clipped highlights, in multiples of white; 0 is off.
        highlight_threshold: code value in [0, 1) above which a pixel counts as a clipped highlight.
        highlight_knee: code values above the threshold over which the added radiance grows smoothly from
            nothing to the full, above 0; None grows up to white.
    """

    name: str | None = option(None, _NAME, label="lens")
    blades: int | None = option(None, _APERTURE, label="aperture blades", low=3, high=32)
    rotation: float = option(0.0, _APERTURE, label="aperture rotation", low=-360, high=360)
    roundness: float = option(0.0, _APERTURE, label="aperture roundness", low=0, high=1)
    image: Path | str | None = option(None, _APERTURE, label="aperture image", path=PathRule())
    rim: float = option(0.0, _APERTURE, label="aperture rim", low=-1, high=1)
    onion: float = option(0.0, _APERTURE, label="aperture onion", low=0, high=1)
    dust: float = option(0.0, _APERTURE, label="aperture dust", low=0, high=1)
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
    astigmatism: float = _character(
        "astigmatism",
        "how far discs are drawn out around the middle (a swirl), below 0 away from it, towards the corners",
        "-1..1",
        -1,
        1,
        "mostly 0.2 to 0.6",
    )
    barndoors: float = _character(
        "barndoors",
        "how far discs are cut straight towards the picture's edges",
        "0..1",
        0,
        1,
        "mostly 0.3 to 0.6",
    )
    spherical: float = _character(
        "spherical",
        "bright rims behind the focal plane and soft ones before it, below 0 the other way around",
        "-1..1",
        -1,
        1,
        "mostly 0.3 to 0.8",
    )
    axial_colour: float = _character(
        "axial_colour",
        "disparity by which red and blue are focused farther away than green: fringes are magenta before the "
        "focal plane and green behind it",
        "D",
        -0.1,
        0.1,
        "mostly 0.01 to 0.03",
    )
    field_curvature: float = _character(
        "field_curvature",
        "disparity by which the focus lies nearer in the corners",
        "D",
        -0.5,
        0.5,
        "mostly 0.05 to 0.2",
    )
    breathing: float = _character(
        "breathing",
        "share by which the picture grows as the focus goes from the farthest to the nearest",
        "SHARE",
        -0.2,
        0.2,
        "mostly 0.02 to 0.06",
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

    @property
    def varies(self) -> bool:
        """Whether the shape of the aperture depends on the place in the picture."""
        return bool(self.cats_eye or self.astigmatism or self.barndoors)

    @property
    def shape(self) -> Lens:
        """What of the lens says how a point looks whose circle of confusion is known."""
        usual = Lens()
        return replace(self, **{name: getattr(usual, name) for name in _NO_SHAPE})

    @classmethod
    def named(cls, name: str | Path, change_path: ChangePath | None = None) -> Lens:
        """The lens of a name, as `petzval`, or one of a file, as `FILE.yaml:NAME`.

        change_path: what paths become before they are used. Raises InputError.
        """
        from anybokeh.optics.named_lenses import named_lens

        return named_lens(str(name), change_path)


def parse_aperture(text: str, lens: Lens | None = None) -> Lens:
    """Read `disc`, `blades:N` or `image:PATH`, each with numbers such as `,rotation=DEG` or `,rim=-1..1`.

    Raises:
        InputError: the text is none of these.
    """
    return replace(lens or Lens(), **_read_aperture(text))


def parse_highlights(text: str, lens: Lens | None = None) -> Lens:
    """Read `STRENGTH[,THRESHOLD[,KNEE]]` into the lens's highlight settings; raises InputError."""
    return replace(lens or Lens(), **_read_highlights(text))
