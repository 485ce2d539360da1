"""What the user sets for a clip: the track and what belongs to a render beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.focus import Keyframes, MaskFocus, parse_keyframes
from anybokeh.optics.camera import Camera
from anybokeh.optics.lens import Lens
from anybokeh.options import PathRule
from anybokeh.options.option import flags
from anybokeh.options.values import values_of, with_values
from anybokeh.settings import RenderSettings
from anybokeh.studio.folders import Folders
from anybokeh.studio.part import Part

_LARGEST = 4 << 20
_MOST_KEYFRAMES = 5000


_CAMERA = ("focal_length", "sensor_width", "subject_distance")
"""What is assumed of the camera, for f-numbers of keyframes and to tell an equivalent one."""

OPTIONS = tuple(flag.name for flag in flags(RenderSettings) if flag.studio in ("own", "panel"))
"""What the page sets of a clip beside its keyframes."""
_DEFAULTS = values_of(RenderSettings(), OPTIONS)
STILL = (*(flag.name for flag in flags(Lens)), "protect", "highlight_mask")
"""Options that a still preview depends on, beside those of its scene."""
_NAMES = ("keyframes", "camera", "first", "last", *OPTIONS)


@dataclass(frozen=True)
class Document:
    """Everything that undo brings back.

    Attributes:
        keyframes: of the track file, version 1, as they stand there.
        options: of `anybokeh.settings` by name, as the command line writes them, or as numbers and switches;
            those that are missing are at their default.
        camera: for f-numbers of keyframes, and for the equivalent one.
        part: what is rendered.
        unknown: what another version of the program said beside it, as it stands in the file.
    """

    keyframes: tuple[dict[str, Any], ...] = (
        {"time": 0.0, "focus": 0.5, "blur": 16, "range": 0, "ease": "smooth"},
    )
    options: dict[str, Any] = field(default_factory=dict)
    camera: Camera = field(default_factory=Camera)
    part: Part = field(default_factory=Part)
    unknown: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", {**_DEFAULTS, **self.options})

    @property
    def settings(self) -> RenderSettings:
        """What the options mean; raises InputError."""
        return with_values(RenderSettings(), self.options)

    @property
    def disparity(self) -> str:
        """Where it comes from, as the command line writes it."""
        return self.options["disparity"]

    @property
    def render_options(self) -> dict[str, Any]:
        """The options of a render, with the camera where a keyframe gives an f-number."""
        has_aperture = any("f_number" in keyframe for keyframe in self.keyframes)
        return {**self.options, **(self._camera if has_aperture else {})}

    @property
    def _camera(self) -> dict[str, float]:
        return {name: getattr(self.camera, name) for name in _CAMERA}

    @property
    def track(self) -> str:
        """The text of its track file."""
        lines = ",\n".join("  " + json.dumps(keyframe) for keyframe in self.keyframes)
        return f'{{"version": 1, "keyframes": [\n{lines}]}}\n'

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {"keyframes": self.keyframes, **self.options, **self.part.to_json(), "camera": self._camera}

    @cached_property
    def stored(self) -> str:
        """For the disk, as JSON: what is not understood is there as it came."""
        values = self.to_json()
        camera = {**self.unknown.get("camera", {}), **values["camera"]}
        return json.dumps({**self.unknown, **values, "camera": camera})

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Document:
        """What `stored` made; values of options are not checked.

        Raises ValueError, KeyError, TypeError or AttributeError where it is no document.
        """
        options = {name: values[name] for name in OPTIONS if name in values}
        unknown = {name: value for name, value in values.items() if name not in _NAMES}
        camera = dict(values.get("camera", {}))
        known = {name: camera.pop(name) for name in _CAMERA if name in camera}
        if camera:
            unknown["camera"] = camera
        keyframes = tuple(dict(keyframe) for keyframe in values["keyframes"])
        part = Part(values.get("first"), values.get("last"))
        return cls(keyframes, options, Camera(**known), part, unknown)

    def read_track(self) -> Keyframes:
        """The keyframes as the program reads them; raises InputError naming the keyframe."""
        return parse_keyframes(self.track, Path("track"))


def entries_of(track: str) -> tuple[dict[str, Any], ...]:
    """The keyframes of a track file's text as they stand there."""
    return tuple(json.loads(track)["keyframes"])


def still_settings(options: Mapping[str, Any], folders: Folders) -> RenderSettings:
    """What these options mean for a still, see `STILL`, whatever else they say.

    folders: outside of them nothing may be named, whether it is there or not. Raises InputError.
    """
    given = {name: options[name] for name in STILL if name in options}
    return with_values(RenderSettings(), given, _checked(folders))


def _checked(folders: Folders, allowed: Collection[str] = ()) -> Callable[[PathRule, Any], Any]:
    """Makes paths absolute, and refuses those outside of the folders.

    That is decided by the name alone: what is refused, and how, must not tell whether it is there. So what
    may be a path or the name of a model is taken for a path.
    """

    def check(rule: PathRule, value: Any) -> Any:
        path = rule.path_in(value, exists=lambda _: True)
        return value if path is None or path in allowed else rule.replaced(folders.check(path))

    return check


def parse_document(values: Any, folders: Folders, now: Document, allowed: Collection[str] = ()) -> Document:
    """Check what a page sends.

    Args:
        values: the document.
        folders: outside of them nothing may be named.
        now: what holds; what is not understood of it is kept.
        allowed: where disparity may come from beside that.

    Raises:
        InputError: names what is wrong.
    """
    if not isinstance(values, dict):
        raise InputError("expected a document with keyframes")
    strange = next((name for name in values if name not in _NAMES), None)
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
    settings = with_values(RenderSettings(), options, _checked(folders, {now.disparity, *allowed}))
    part = Part(values.get("first"), values.get("last"))
    camera = _camera(values.get("camera"))
    document = Document(tuple(keyframes), values_of(settings, OPTIONS), camera, part, now.unknown)
    for keyframe in document.read_track().keyframes:
        if isinstance(keyframe.focus, MaskFocus):
            keyframes[keyframe.number - 1]["focus"] = f"mask:{folders.check(keyframe.focus.path)}"
    return replace(document, keyframes=tuple(keyframes))


def _camera(values: Any) -> Camera:
    if values is None:
        return Camera()
    if not isinstance(values, dict) or any(name not in _CAMERA for name in values):
        raise InputError("camera: expected focal_length, sensor_width and subject_distance")
    return Camera(**{name: _number(name.replace("_", " "), value) for name, value in values.items()})


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{name} is {value!r:.40}: expected a number")
    return float(value)
