"""What the user sets for a clip: the track and what belongs to a render beside it."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.focus import Keyframes, MaskFocus, read_keyframes
from anybokeh.optics.lens import Lens, parse_aperture, parse_highlights
from anybokeh.studio.folders import Folders

_LARGEST = 4 << 20
_MOST_KEYFRAMES = 5000


@dataclass(frozen=True)
class Camera:
    """What is assumed of the camera to tell an equivalent f-number; millimetres and metres."""

    focal_length: float = 50.0
    sensor_width: float = 36.0
    subject_distance: float = 2.0

    def __post_init__(self) -> None:
        _check("focal length", self.focal_length, 1, 2000, "millimetres")
        _check("sensor width", self.sensor_width, 1, 200, "millimetres")
        _check("subject distance", self.subject_distance, 0.05, 1e5, "metres")
        if self.subject_distance * 1000 <= self.focal_length:
            raise InputError("the subject's distance must be larger than the focal length")


@dataclass(frozen=True)
class Document:
    """Everything that undo brings back.

    Attributes:
        keyframes: of the track file, version 1, as they stand there.
        aperture, anamorphic, cats_eye, highlights: the lens, as the command line writes it.
        disparity: where it comes from, as the command line writes it.
        start, end: seconds; the part that is rendered, None for from the beginning and to the end.
        camera: for the equivalent f-number.
    """

    keyframes: tuple[dict[str, Any], ...] = (
        {"time": 0.0, "focus": 0.5, "blur": 16, "range": 0, "ease": "smooth"},
    )
    aperture: str = "disc"
    anamorphic: float = 1.0
    cats_eye: float = 0.0
    highlights: str = "0"
    disparity: str = "auto"
    start: float | None = None
    end: float | None = None
    camera: Camera = field(default_factory=Camera)

    @property
    def lens(self) -> Lens:
        """The lens; raises InputError for a shape that does not exist."""
        return lens_of(self.aperture, self.anamorphic, self.cats_eye, self.highlights)

    @property
    def track(self) -> str:
        """The text of its track file."""
        lines = ",\n".join("  " + json.dumps(keyframe) for keyframe in self.keyframes)
        return f'{{"version": 1, "keyframes": [\n{lines}]}}\n'

    def to_json(self) -> dict[str, Any]:
        """For the page and for the disk."""
        return asdict(self)

    def read_track(self) -> Keyframes:
        """The keyframes as the program reads them; raises InputError naming the keyframe."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "track.json"
            file.write_text(self.track, encoding="utf-8")
            try:
                return read_keyframes(file)
            except InputError as error:
                raise InputError(str(error).replace(f"{file}: ", "")) from None


def lens_of(aperture: str, anamorphic: float, cats_eye: float, highlights: str) -> Lens:
    """The lens that these options of the command line mean; raises InputError."""
    return parse_highlights(
        highlights, parse_aperture(aperture, Lens(anamorphic=anamorphic, cats_eye=cats_eye))
    )


def parse_document(values: Any, folders: Folders, disparity: str) -> Document:
    """Check what a page sends.

    disparity: what the clip has now; that may stay, whatever folder it lies in. Raises InputError.
    """
    if not isinstance(values, dict):
        raise InputError("expected a document with keyframes")
    known = Document.__dataclass_fields__
    strange = next((name for name in values if name not in known), None)
    if strange is not None:
        raise InputError(f"{strange!r:.40} is unknown in a document")
    if len(json.dumps(values)) > _LARGEST:
        raise InputError("the document is too large")
    keyframes = values.get("keyframes")
    if not isinstance(keyframes, list) or not all(isinstance(one, dict) for one in keyframes):
        raise InputError("keyframes: expected a list of keyframes")
    if len(keyframes) > _MOST_KEYFRAMES:
        raise InputError(f"{len(keyframes)} keyframes: expected at most {_MOST_KEYFRAMES}")
    rest = {name: value for name, value in values.items() if name not in ("keyframes", "camera")}
    for name in ("aperture", "highlights", "disparity"):
        if not isinstance(rest.get(name, ""), str):
            raise InputError(f"{name}: expected a text")
    for name in ("anamorphic", "cats_eye"):
        rest[name] = _number(name, rest.get(name, getattr(Document, name)))
    for name in ("start", "end"):
        if rest.get(name) is not None:
            rest[name] = _number(name, rest[name])
    document = Document(keyframes=tuple(keyframes), camera=_camera(values.get("camera")), **rest)
    _check_part(document.start, document.end)
    if document.lens.image is not None:
        folders.check(document.lens.image)
    for keyframe in document.read_track().keyframes:
        if isinstance(keyframe.focus, MaskFocus):
            folders.check(keyframe.focus.path)
    if document.disparity not in ("auto", "salient", disparity):
        folders.check(document.disparity)
    return document


def _camera(values: Any) -> Camera:
    if values is None:
        return Camera()
    if not isinstance(values, dict) or any(name not in Camera.__dataclass_fields__ for name in values):
        raise InputError("camera: expected focal_length, sensor_width and subject_distance")
    return Camera(**{name: _number(name.replace("_", " "), value) for name, value in values.items()})


def _check_part(start: float | None, end: float | None) -> None:
    if start is not None and start < 0:
        raise InputError(f"start {start:g}: expected seconds from the first frame, 0 or more")
    if end is not None and end <= (start or 0):
        raise InputError(f"end {end:g}: expected seconds later than the start ({start or 0:g})")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InputError(f"{name} is {value!r:.40}: expected a number")
    return float(value)


def _check(name: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        raise InputError(f"{name} is {value:g}: expected {low:g} to {high:g} {unit}")
