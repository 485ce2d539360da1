"""Tracks as markers of OpenTimelineIO, which editing programs show on a clip.

A marker's name says it all, such as `focus 0.53, blur 24`, so that it can be edited where markers are.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from anybokeh.errors import InputError

_FIELDS = ("focus", "distance", "blur", "f_number", "range", "ease")
_TEXTS = ("focus", "ease")
_FIRST_WORD = re.compile(rf"\s*({'|'.join(_FIELDS)})\s", re.IGNORECASE)


def require() -> ModuleType:
    """The OpenTimelineIO package; raises InputError with how to install it."""
    try:
        import opentimelineio
    except ImportError as error:
        raise InputError(
            "OpenTimelineIO files need the opentimelineio package: pip install 'anybokeh[otio]'"
        ) from error
    return opentimelineio


def timeline_of(keyframes: list[dict[str, Any]], times: np.ndarray, rate: float, clip: Path) -> str:
    """The text of a timeline of one clip with a marker for each keyframe.

    Args:
        keyframes: as track files list them, by `frame`.
        times: (frames,) seconds of the clip's frames.
        rate: frames a second, in which the timeline counts.
        clip: the timeline names.
    """
    otio = require()

    def at(seconds: float) -> Any:
        return otio.opentime.RationalTime(round(seconds * rate, 3), rate)

    whole = otio.opentime.TimeRange(at(0), at(float(times[-1]) + 1 / rate))
    item = otio.schema.Clip(
        name=clip.name,
        media_reference=otio.schema.ExternalReference(target_url=str(clip), available_range=whole),
        source_range=whole,
    )
    for keyframe in keyframes:
        name = ", ".join(f"{key} {value}" for key, value in keyframe.items() if key != "frame")
        start = at(float(times[keyframe["frame"]]))
        marked = otio.opentime.TimeRange(start, otio.opentime.RationalTime(0, rate))
        item.markers.append(otio.schema.Marker(name=name, marked_range=marked, color="CYAN"))
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video, children=[item])
    timeline = otio.schema.Timeline(name=clip.stem, tracks=[track])
    return timeline.to_json_string(indent=1)


def entries_of_timeline(path: Path, text: str) -> list[dict[str, Any]]:
    """Keyframes as track files list them: of the markers whose name begins with a field, such as `focus`.

    Those of a clip count from the beginning of its source, those of the timeline from its own. Raises
    InputError where there are none, or more than one clip has some.
    """
    otio = require()
    try:
        timeline = otio.adapters.read_from_string(text, "otio_json")
        found = _markers(otio, timeline)
    except Exception as error:  # the package raises what its C++ does
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: is not an OpenTimelineIO file ({reason:.80})") from None
    if not found:
        raise InputError(f"{path}: holds no marker such as 'focus 0.5, blur 24'; name one so")
    if len(found) > 1:
        names = ", ".join(sorted(found))
        raise InputError(f"{path}: has such markers on {names:.100}; keep those of one clip")
    return [
        {"time": max(0.0, seconds)} | _fields(path, name)
        for seconds, name in sorted(next(iter(found.values())))
    ]


def _markers(otio: ModuleType, timeline: Any) -> dict[str, list[tuple[float, str]]]:
    """Seconds and names of the markers that are keyframes, by what they are on."""
    found: dict[str, list[tuple[float, str]]] = {}
    owners: list[tuple[Any, float]] = []
    if isinstance(timeline, otio.schema.Timeline):
        owners = [(timeline.tracks, 0.0), *((track, 0.0) for track in timeline.tracks)]
        owners += [(clip, _begin(clip)) for clip in timeline.find_clips()]
    elif isinstance(timeline, otio.schema.Clip):
        owners = [(timeline, _begin(timeline))]
    else:
        raise ValueError("expected a timeline or a clip")
    for number, (owner, begin) in enumerate(owners):
        for marker in owner.markers:
            if _FIRST_WORD.match(marker.name):
                seconds = marker.marked_range.start_time.to_seconds() - begin
                found.setdefault(owner.name or f"item {number}", []).append((seconds, marker.name))
    return found


def _begin(clip: Any) -> float:
    """Where the source of a clip begins on its own clock, in seconds."""
    reference = clip.media_reference
    available = None if reference is None else reference.available_range
    return 0.0 if available is None else available.start_time.to_seconds()


def _fields(path: Path, name: str) -> dict[str, Any]:
    """The fields that a marker's name tells."""
    fields: dict[str, Any] = {}
    # points have commas without a space behind them
    for part in re.split(r",\s+|;\s*", name.strip()):
        key, _, value = part.strip().partition(" ")
        key, value = key.lower(), value.strip()
        if key not in _FIELDS or not value or key in fields:
            raise InputError(
                f"{path}: marker {name!r:.60}: {part!r:.40}, expected each once of {', '.join(_FIELDS)}, "
                "with a value"
            )
        try:
            fields[key] = float(value)
        except ValueError:
            if key not in _TEXTS:
                raise InputError(f"{path}: marker {name!r:.60}: {part!r:.40}, expected a number") from None
            fields[key] = value
    return fields
