"""Writing a track as a file of few, editable keyframes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus.track import FocusTrack
from anybokeh.runtime.whole_files import write_whole

# Largest difference between the track and straight lines between its keyframes; blur in K.
TOLERANCE = {"focus": 0.002, "blur": 0.05, "range": 0.002}
_DECIMALS = 5


def save_track(path: str | Path, track: FocusTrack, times: np.ndarray) -> None:
    """Write keyframes by frame index between which straight lines reproduce the track within TOLERANCE.

    times: (frames,) seconds of the frames. Blur and range are left out where they do not change. The file
    appears whole or not at all; raises InputError when it cannot be written.
    """
    path = Path(path)
    if len(track) == 0:
        raise InputError(f"{path}: a track without frames cannot be written")
    # (frames, fields)
    values = (
        np.stack([getattr(track, name) for name in TOLERANCE], axis=1).astype(np.float64).round(_DECIMALS)
    )
    tolerances = np.array(list(TOLERANCE.values())) - 10.0**-_DECIMALS
    lines = []
    last: dict = {}
    for frame in simplify(np.asarray(times, np.float64), values / tolerances, 1.0):
        fields = dict(zip(TOLERANCE, map(_short, values[frame].tolist()), strict=True))
        changed = {
            name: value for name, value in fields.items() if name == "focus" or last.get(name) != value
        }
        last = fields
        lines.append("  " + json.dumps({"frame": frame, **changed} | ({} if lines else {"ease": "linear"})))
    text = '{"version": 1, "keyframes": [\n' + ",\n".join(lines) + "]}\n"
    write_whole(path, text.encode())


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
