"""Writing a track as a file of few, editable keyframes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus.track import FocusTrack

# Largest difference between the track and straight lines between its keyframes.
TOLERANCE = 0.002
_DECIMALS = 5


def save_track(path: str | Path, track: FocusTrack, times: np.ndarray) -> None:
    """Write keyframes by frame index between which straight lines reproduce the track within 0.002.

    times: (frames,) seconds of the frames. Fields that do not change are left out. The file appears whole or
    not at all; raises InputError when it cannot be written.
    """
    path = Path(path)
    values = np.stack([track.focus, track.blur, track.range], axis=1).astype(np.float64).round(_DECIMALS)
    lines = []
    last: dict = {}
    for frame in simplify(np.asarray(times, np.float64), values, TOLERANCE - 10.0**-_DECIMALS):
        fields = dict(zip(("focus", "blur", "range"), values[frame].tolist(), strict=True))
        changed = {name: value for name, value in fields.items() if last.get(name) != value}
        last = fields
        lines.append(
            "  " + json.dumps({"frame": int(frame), **changed} | ({} if lines else {"ease": "linear"}))
        )
    _write('{"version": 1, "keyframes": [\n' + ",\n".join(lines) + "]}\n", path)


def simplify(times: np.ndarray, values: np.ndarray, tolerance: float) -> list[int]:
    """Indices of the samples to keep so that straight lines between them stay within `tolerance`.

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


def _write(text: str, path: Path) -> None:
    beside = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            beside = file.name
            file.write(text)
        Path(beside).replace(path)
    except OSError as error:
        if beside is not None:
            Path(beside).unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
