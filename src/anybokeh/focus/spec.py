"""What `--focus` and a keyframe's focus may say."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from anybokeh.errors import InputError

EXPECTED = (
    "expected a number in [0, 1], metres such as 2.4m, point:X,Y[@SECONDS], "
    "box:LEFT,TOP,RIGHT,BOTTOM[@SECONDS], mask:PATH, subject, subject:N or auto"
)

_COORDINATE = r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%?)\s*"
_METRES = re.compile(r"(\d+\.?\d*|\.\d+)\s*m")
_POINT = re.compile(rf"{_COORDINATE},{_COORDINATE}(?:@\s*(\S+))?")
_BOX = re.compile(rf"{_COORDINATE},{_COORDINATE},{_COORDINATE},{_COORDINATE}(?:@\s*(\S+))?")


@dataclass(frozen=True)
class NumberFocus:
    """The disparity of the focal plane itself, in [0, 1]."""

    disparity: float


@dataclass(frozen=True)
class DistanceFocus:
    """The distance of the focal plane from the lens, in metres, more than 0; may be infinite."""

    metres: float

    def __str__(self) -> str:
        return f"{self.metres:g}m"


@dataclass(frozen=True)
class PointFocus:
    """A point of the upright displayed frame, in pixels or percent of its size, followed through the clip.

    seconds: the time at which the point is where it says; None is the first frame.
    """

    x: float
    y: float
    x_percent: bool = False
    y_percent: bool = False
    seconds: float | None = None

    def pixels(self, width: float, height: float) -> tuple[float, float]:
        """x and y in pixels of a frame displayed at this size; InputError when outside of it."""
        x = self.x * width / 100 if self.x_percent else self.x
        y = self.y * height / 100 if self.y_percent else self.y
        if not (0 <= x <= width and 0 <= y <= height):
            raise InputError(f"{self}: lies outside of the frame, which is {width:g} by {height:g} pixels")
        return x, y

    def __str__(self) -> str:
        x, y = f"{self.x:g}{'%' * self.x_percent}", f"{self.y:g}{'%' * self.y_percent}"
        return f"point:{x},{y}" + ("" if self.seconds is None else f"@{self.seconds:g}")


@dataclass(frozen=True)
class BoxFocus:
    """What a box encloses, followed through the clip.

    corners: upper left and lower right. seconds: the time at which the box is there; None is the first frame.
    """

    corners: tuple[PointFocus, PointFocus]
    seconds: float | None = None

    def pixels(self, width: float, height: float) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in pixels of a frame displayed at this size.

        Raises InputError when a corner lies outside, or the box is empty.
        """
        try:
            (left, top), (right, bottom) = (corner.pixels(width, height) for corner in self.corners)
        except InputError:
            raise InputError(
                f"{self}: lies outside of the frame, which is {width:g} by {height:g} pixels"
            ) from None
        if not (left < right and top < bottom):
            raise InputError(f"{self}: is empty; expected left, top, right, bottom")
        return left, top, right, bottom

    def __str__(self) -> str:
        corners = (str(corner).removeprefix("point:") for corner in self.corners)
        return "box:" + ",".join(corners) + ("" if self.seconds is None else f"@{self.seconds:g}")


@dataclass(frozen=True)
class MaskFocus:
    """What lies inside a mask: a folder of images or a video, one mask a frame."""

    path: Path

    def __str__(self) -> str:
        return f"mask:{self.path}"


@dataclass(frozen=True)
class SubjectFocus:
    """The clip's subject, found and followed.

    number: one of several in each shot, from 1, from left to right as they were first seen; None for all.
    """

    number: int | None = None

    def __str__(self) -> str:
        return "subject" if self.number is None else f"subject:{self.number}"


@dataclass(frozen=True)
class AutoFocus:
    """Whatever suits the clip."""

    def __str__(self) -> str:
        return "auto"


FocusSpec = NumberFocus | DistanceFocus | PointFocus | BoxFocus | MaskFocus | SubjectFocus | AutoFocus


def parse_focus(value: str | float) -> FocusSpec:
    """Read a focus: 0.5, "0.5", "2.4m", "point:50%,40%@1.5", "mask:PATH", "subject:2", "auto" and their like.

    Raises InputError naming the value.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(float(value), value)
    if not isinstance(value, str):
        raise InputError(f"focus {value!r}: {EXPECTED}")
    text = value.strip()
    kind, colon, rest = text.partition(":")
    if text == "subject":
        return SubjectFocus()
    if colon and kind == "subject":
        if not re.fullmatch(r"[1-9]\d{0,3}", rest.strip(), re.ASCII):
            raise InputError(f"focus {value!r}: expected a number from 1 behind subject:, as in subject:2")
        return SubjectFocus(int(rest))
    if text == "auto":
        return AutoFocus()
    if colon and kind == "mask":
        if not rest.strip():
            raise InputError(
                "focus 'mask:': expected the path of a folder of masks or of a mask video behind the colon"
            )
        return MaskFocus(Path(rest).expanduser())
    if colon and kind == "point":
        return _point(rest, value)
    if colon and kind == "box":
        return _box(rest, value)
    metres = _METRES.fullmatch(text)
    if metres is not None:
        return distance_focus(float(metres[1]), value)
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"focus {value!r}: {EXPECTED}") from None
    return _number(number, value)


def distance_focus(metres: float, value: object) -> DistanceFocus:
    """The focus at a distance; InputError names the value that it was read from."""
    if not metres > 0:
        raise InputError(f"focus {value!r:.40}: expected a distance of more than 0 metres")
    return DistanceFocus(metres)


def _number(number: float, value: object) -> NumberFocus:
    if not 0 <= number <= 1:  # also NaN
        raise InputError(f"focus {value}: expected a disparity in [0, 1], 1 nearest")
    return NumberFocus(number)


def _point(text: str, value: str) -> PointFocus:
    match = _POINT.fullmatch(text)
    if match is None:
        raise InputError(f"focus {value!r}: expected point:X,Y[@SECONDS] in pixels, or in percent with %")
    return _place(match.groups()[:4], value, _seconds(match[5], value))


def _box(text: str, value: str) -> BoxFocus:
    match = _BOX.fullmatch(text)
    if match is None:
        raise InputError(
            f"focus {value!r}: expected box:LEFT,TOP,RIGHT,BOTTOM[@SECONDS] in pixels, or in percent with %"
        )
    corners = match.groups()
    return BoxFocus((_place(corners[:4], value), _place(corners[4:8], value)), _seconds(match[9], value))


def _place(parts: Sequence[str], value: str, seconds: float | None = None) -> PointFocus:
    """From x, its percent sign, y and its percent sign."""
    x, y = float(parts[0]), float(parts[2])
    x_percent, y_percent = parts[1] == "%", parts[3] == "%"
    for number, percent in ((x, x_percent), (y, y_percent)):
        if not 0 <= number <= (100 if percent else math.inf):
            raise InputError(f"focus {value!r}: coordinates must lie inside the frame (0 to 100 %)")
    return PointFocus(x, y, x_percent, y_percent, seconds)


def _seconds(text: str | None, value: str) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (0 <= seconds < math.inf):
        raise InputError(f"focus {value!r}: expected a time in seconds, 0 or more, behind the @")
    return seconds
