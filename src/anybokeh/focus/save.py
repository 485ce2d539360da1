"""Writing a track: few, editable keyframes, or a table of every frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus.track import FocusTrack
from anybokeh.focus.track_csv import table_of
from anybokeh.focus.track_otio import timeline_of
from anybokeh.runtime.whole_files import write_whole

# Largest difference between the track and straight lines between its keyframes; blur in K.
TOLERANCE = {"focus": 0.002, "blur": 0.05, "range": 0.002}
_DECIMALS = 5


TrackFormat = Literal["json", "csv", "otio"]


def track_format(path: Path, format: TrackFormat | None = None) -> TrackFormat:
    """The format of a track file, by its suffix where it is not given; JSON for other suffixes."""
    by_suffix: TrackFormat = next(
        (one for one in get_args(TrackFormat) if path.suffix.lower() == f".{one}"), "json"
    )
    return format or by_suffix


def save_track(
    path: str | Path,
    track: FocusTrack,
    times: np.ndarray,
    *,
    format: TrackFormat | None = None,
    rate: float = 24.0,
    clip: str | Path = "clip",
) -> None:
    """Write a track; the file appears whole or not at all.

    `json` and `otio` hold keyframes between which straight lines reproduce the track within TOLERANCE; `csv`
    has a line for every frame.

    Args:
        path: of the file.
        track: of all frames of the clip.
        times: (frames,) seconds of the frames.
        format: by the suffix if not given.
        rate: frames a second in which a timeline counts.
        clip: that a timeline names.

    Raises:
        InputError: it cannot be written, or the track has no frames.
    """
    path = Path(path)
    if len(track) == 0:
        raise InputError(f"{path}: a track without frames cannot be written")
    chosen = track_format(path, format)
    if chosen == "csv":
        text = table_of(track)
    elif chosen == "otio":
        text = timeline_of(_keyframes(track, times), times, rate, Path(clip))
    else:
        lines = ["  " + json.dumps(one) for one in _keyframes(track, times)]
        text = '{"version": 1, "keyframes": [\n' + ",\n".join(lines) + "]}\n"
    write_whole(path, text.encode())


def _keyframes(track: FocusTrack, times: np.ndarray) -> list[dict[str, Any]]:
    """Keyframes by frame; blur and range are left out where they do not change."""
    # (frames, fields)
    values = (
        np.stack([getattr(track, name) for name in TOLERANCE], axis=1).astype(np.float64).round(_DECIMALS)
    )
    tolerances = np.array(list(TOLERANCE.values())) - 10.0**-_DECIMALS
    keyframes: list[dict[str, Any]] = []
    last: dict[str, Any] = {}
    for frame in simplify(np.asarray(times, np.float64), values / tolerances, 1.0):
        fields = dict(zip(TOLERANCE, map(_short, values[frame].tolist()), strict=True))
        changed = {
            name: value for name, value in fields.items() if name == "focus" or last.get(name) != value
        }
        last = fields
        keyframes.append({"frame": frame, **changed} | ({} if keyframes else {"ease": "linear"}))
    return keyframes


def _short(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def simplify(times: np.ndarray, values: np.ndarray, tolerance: float) -> list[int]:
    """Indices of the samples to keep so that straight lines between them stay within the tolerance.

    times: (n,) increasing. values: (n, fields). Ramer-Douglas-Peucker with the distance measured in value.
    """
    kept = {0, len(times) - 1}
    spans = [(0, len(times) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        weight = ((times[inner] - times[first]) / (times[last] - times[first]))[:, None]
        error = np.abs(values[first] + weight * (values[last] - values[first]) - values[inner]).max(axis=1)
        worst = int(error.argmax())
        if error[worst] > tolerance:
            middle = first + 1 + worst
            kept.add(middle)
            spans += [(first, middle), (middle, last)]
    result = sorted(kept)
    # After the last keyframe values hold: an end equal to the one before says nothing.
    while len(result) > 1 and np.array_equal(values[result[-1]], values[result[-2]]):
        result.pop()
    return result
