"""What the user sets for a clip: the track and what belongs to a render beside it."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.focus import DistanceFocus, Keyframes, MaskFocus, read_keyframes
from anybokeh.optics.camera import Camera
from anybokeh.optics.lens import Lens
from anybokeh.options import PathRule
from anybokeh.options.option import flags
from anybokeh.options.values import values_of, with_values
from anybokeh.settings import RenderSettings
from anybokeh.studio.folders import Folders

_LARGEST = 4 << 20
_MOST_KEYFRAMES = 5000


_CAMERA = ("focal_length", "sensor_width", "subject_distance")
"""What is assumed of the camera to tell an equivalent f-number."""

OPTIONS = tuple(flag.name for flag in flags(RenderSettings) if flag.studio in ("own", "panel"))
"""What the page sets of a clip beside its keyframes."""
_DEFAULTS = values_of(RenderSettings(), OPTIONS)
_LENS = tuple(flag.name for flag in flags(Lens))


@dataclass(frozen=True)
class Document:
    """Everything that undo brings back.

    Attributes:
        keyframes: of the track file, version 1, as they stand there.
        options: of `anybokeh.settings` by name, as the command line writes them, or as numbers and switches;
            those that are missing are at their default.
        camera: for the equivalent f-number.
    """

    keyframes: tuple[dict[str, Any], ...] = (
        {"time": 0.0, "focus": 0.5, "blur": 16, "range": 0, "ease": "smooth"},
    )
    options: dict[str, Any] = field(default_factory=dict)
    camera: Camera = field(default_factory=Camera)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", {**_DEFAULTS, **self.options})

    @property
    def settings(self) -> RenderSettings:
        """What the options mean; raises InputError."""
        return with_values(RenderSettings(), self.options)

    @property
    def lens(self) -> Lens:
        """The lens; raises InputError for a shape that does not exist."""
        return lens_of(self.options)

    @property
    def disparity(self) -> str:
        """Where it comes from, as the command line writes it."""
        return self.options["disparity"]

    @property
    def track(self) -> str:
        """The text of its track file."""
        lines = ",\n".join("  " + json.dumps(keyframe) for keyframe in self.keyframes)
        return f'{{"version": 1, "keyframes": [\n{lines}]}}\n'

    def to_json(self) -> dict[str, Any]:
        """For the page and for the disk."""
        camera = {name: getattr(self.camera, name) for name in _CAMERA}
        return {"keyframes": self.keyframes, **self.options, "camera": camera}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Document:
        """What `to_json` made, of this version or an earlier one; nothing is checked."""
        options = {name: values[name] for name in OPTIONS if name in values}
        return cls(tuple(values["keyframes"]), options, Camera(**values["camera"]))

    def read_track(self) -> Keyframes:
        """The keyframes as the program reads them; raises InputError naming the keyframe."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "track.json"
            file.write_text(self.track, encoding="utf-8")
            try:
                keyframes = read_keyframes(file)
            except InputError as error:
                raise InputError(str(error).replace(f"{file}: ", "")) from None
        check_keyframes(keyframes)
        return keyframes


def check_keyframes(keyframes: Keyframes) -> None:
    """Raise InputError where a keyframe is in terms that the page does not show."""
    for one in keyframes.keyframes:
        if one.f_number is not None or isinstance(one.focus, DistanceFocus):
            what, instead = ("f_number", "blur") if one.f_number is not None else ("distance", "focus")
            raise InputError(
                f"keyframe {one.number}: {what} is for anybokeh render --track; give {instead} in the studio"
            )


def lens_of(options: Mapping[str, Any], folders: Folders | None = None) -> Lens:
    """The lens that these options mean, whatever else they say.

    folders: outside of them nothing may be named, whether it is there or not. Raises InputError.
    """
    change = None if folders is None else _checked(folders)
    return with_values(Lens(), {name: options[name] for name in _LENS if name in options}, change)


def _checked(folders: Folders, allowed: str | None = None) -> Callable[[PathRule, Any], Any]:
    """Refuses values that name something outside of the folders, before anybody looks whether it is there."""

    def check(rule: PathRule, value: Any) -> Any:
        path = rule.path_in(value)
        if path is not None and path != allowed:
            folders.check(path)
        return value

    return check


def parse_document(values: Any, folders: Folders, disparity: str) -> Document:
    """Check what a page sends.

    disparity: what the clip has now; that may stay, whatever folder it lies in. Raises InputError.
    """
    if not isinstance(values, dict):
        raise InputError("expected a document with keyframes")
    strange = next((name for name in values if name not in ("keyframes", "camera", *OPTIONS)), None)
    if strange is not None:
        raise InputError(f"{strange!r:.40} is unknown in a document")
    if len(json.dumps(values)) > _LARGEST:
        raise InputError("the document is too large")
    keyframes = values.get("keyframes")
    if not isinstance(keyframes, list) or not all(isinstance(one, dict) for one in keyframes):
        raise InputError("keyframes: expected a list of keyframes")
    if len(keyframes) > _MOST_KEYFRAMES:
        raise InputError(f"{len(keyframes)} keyframes: expected at most {_MOST_KEYFRAMES}")
    options = {name: value for name, value in values.items() if name in OPTIONS}
    settings = with_values(RenderSettings(), options, _checked(folders, disparity))
    _check_part(settings.start, settings.end)
    document = Document(tuple(keyframes), values_of(settings, OPTIONS), _camera(values.get("camera")))
    for keyframe in document.read_track().keyframes:
        if isinstance(keyframe.focus, MaskFocus):
            folders.check(keyframe.focus.path)
    return document


def _camera(values: Any) -> Camera:
    if values is None:
        return Camera()
    if not isinstance(values, dict) or any(name not in _CAMERA for name in values):
        raise InputError("camera: expected focal_length, sensor_width and subject_distance")
    return Camera(**{name: _number(name.replace("_", " "), value) for name, value in values.items()})


def _check_part(start: float | None, end: float | None) -> None:
    if not all(value is None or math.isfinite(value) for value in (start, end)):
        raise InputError(f"start {start} and end {end}: expected seconds")
    if start is not None and start < 0:
        raise InputError(f"start {start:g}: expected seconds from the first frame, 0 or more")
    if end is not None and end <= (start or 0):
        raise InputError(f"end {end:g}: expected seconds later than the start ({start or 0:g})")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{name} is {value!r:.40}: expected a number")
    return float(value)
