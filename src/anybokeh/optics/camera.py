"""The camera of a photographer: sensor, focal length, aperture, and the usual ones by name."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import Any

from anybokeh.errors import InputError

METADATA = "metadata"
"""In the place of a name: what the clip's own images say."""

LIMITS = {
    "focal_length": (1.0, 2000.0, "millimetres"),
    "sensor_width": (1.0, 200.0, "millimetres"),
    "subject_distance": (0.05, 1e5, "metres"),
    "f_number": (0.5, 1000.0, "1.4 is wide open, 22 nearly a pinhole"),
}
"""Lowest and highest value, and what they are."""


@dataclass(frozen=True)
class Camera:
    """A camera and its lens. Raises InputError where a value is out of range.

    Attributes:
        focal_length: in millimetres.
        sensor_width: millimetres of the sensor that the longer side of the picture covers.
        subject_distance: metres from the lens to what is in focus, where disparity does not tell it.
        f_number: focal length over the diameter of the aperture; None where it is not known.
    """

    focal_length: float = 50.0
    sensor_width: float = 36.0
    subject_distance: float = 2.0
    f_number: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high, what) in LIMITS.items():
            value = getattr(self, name)
            label = label_of(name)
            if value is None and name == "f_number":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise InputError(f"{label} is {value!r:.40}: expected a number")
            if not (math.isfinite(value) and low <= value <= high):
                raise InputError(f"{label} is {value:g}: expected {low:g} to {high:g} ({what})")
        check_distance(self.subject_distance, self.focal_length, "subject distance")

    def __str__(self) -> str:
        return f"a {self.focal_length:g} mm lens before a sensor {self.sensor_width:g} mm wide"


def label_of(name: str) -> str:
    """What a value of a camera is called in messages."""
    return "f-number" if name == "f_number" else name.replace("_", " ")


def check_distance(metres: float, focal_length: float, what: str) -> None:
    """Raise InputError where a distance in metres lies within the focal length in millimetres."""
    if metres * 1000 <= focal_length:
        raise InputError(
            f"{what} is {metres:.3g} m: expected more than the focal length of {focal_length:g} mm; give a "
            "larger distance or a shorter --focal-length"
        )


CAMERAS: dict[str, dict[str, Any]] = {
    "full frame": {"sensor_width": 36.0},
    "super35": {"sensor_width": 24.89},
    "apsc": {"sensor_width": 23.5},
    "mft": {"sensor_width": 17.3},
    "1inch": {"sensor_width": 13.2},
    "phone": {"sensor_width": 9.8, "focal_length": 6.9, "f_number": 1.8},
}
"""What is known of each by its name: fields of `Camera`."""


def named_camera(name: str) -> dict[str, Any]:
    """Fields of `Camera` of the one with that name; InputError names the nearest.

    Capitals, spaces, hyphens and underscores do not matter. `metadata` is no name of one and says nothing.
    """
    known = {_plain(one): one for one in (*CAMERAS, METADATA)}
    plain = _plain(name)
    if plain not in known:
        close = difflib.get_close_matches(plain, known, 1)
        nearest = f", did you mean {known[close[0]]!r}?" if close else ""
        raise InputError(f"camera {name!r:.40} is unknown{nearest}; expected {', '.join(known.values())}")
    return CAMERAS.get(known[plain], {})


def is_metadata(name: str | None) -> bool:
    """Whether that name asks for what the clip's own images say."""
    return name is not None and _plain(name) == METADATA


def _plain(name: str) -> str:
    return "".join(letter for letter in str(name).lower() if letter not in " -_")
