"""Track files: keyframes, and their values at every frame."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus.spec import (
    BoxFocus,
    FocusSpec,
    MaskFocus,
    NumberFocus,
    PointFocus,
    distance_focus,
    parse_focus,
)
from anybokeh.focus.track import PartialTrack, ResolveFocus
from anybokeh.focus.track_csv import entries_of_table
from anybokeh.focus.track_otio import entries_of_timeline
from anybokeh.optics.camera import LIMITS
from anybokeh.settings import MAX_BLUR

_EASES = ("linear", "smooth", "hold")
_FIELDS = ("time", "frame", "focus", "distance", "blur", "f_number", "range", "ease")
_ONE_OF = (("focus", "distance"), ("blur", "f_number"))
_LARGEST_FILE = 16 << 20
# Keyframe times are often written with a few decimals: a frame this little early counts as on time.
_TIME_SLACK = 5e-4


@dataclass(frozen=True)
class Keyframe:
    """One keyframe as the file gives it; None where it says nothing.

    number: position in the file from 1. Either `frame` (index) or `time` (seconds) is set. At most one of
    `blur` and `f_number` is.
    """

    number: int
    frame: int | None
    time: float | None
    focus: FocusSpec | None
    blur: float | None
    f_number: float | None
    range: float | None
    ease: str | None


@dataclass(frozen=True)
class Keyframes:
    """A track file's keyframes, in the file's order."""

    path: Path
    keyframes: tuple[Keyframe, ...]

    def evaluate(self, times: np.ndarray, resolve: ResolveFocus | None = None) -> PartialTrack:
        """Values at frames with these times (frames,) in seconds.

        The way from a keyframe to the next follows its ease; before the first and after the last keyframe
        values hold. A field is silent (NaN) before the first keyframe that names it, unless that is the first
        of all. A focus that is a point, a mask or a subject is followed until the next keyframe, crossing
        over into the next focus by the ease. `resolve` gives its disparity at frame indices.
        """
        times = np.asarray(times, np.float64)
        filled, starts = self._filled(times)
        # (frames,) keyframe before and after each frame, and the weight of the one after
        before = np.searchsorted(starts, times + _TIME_SLACK, side="right") - 1
        after = np.minimum(before + 1, len(starts) - 1)
        before = np.maximum(before, 0)
        span = starts[after] - starts[before]
        weight = np.clip(
            np.divide(times - starts[before], span, out=np.zeros_like(times), where=span > 0), 0, 1
        )
        eases = np.array([_EASES.index(keyframe.ease or "linear") for keyframe in filled])[before]
        weight = np.choose(eases, [weight, weight * weight * (3 - 2 * weight), np.zeros_like(weight)])

        def blend(start: np.ndarray, end: np.ndarray) -> np.ndarray:
            return np.where(weight > 0, start + weight * (end - start), start).astype(np.float32)

        def numbers(values: list[float | None]) -> tuple[np.ndarray, np.ndarray]:
            array = np.array([math.nan if value is None else value for value in values])
            return array[before], array[after]

        start, end = numbers(
            [k.focus.disparity if isinstance(k.focus, NumberFocus) else None for k in filled]
        )
        for spec in dict.fromkeys(k.focus for k in filled if not isinstance(k.focus, NumberFocus | None)):
            says = np.array([keyframe.focus == spec for keyframe in filled])
            at_start, at_end = says[before], says[after] & (weight > 0)
            frames = np.flatnonzero(at_start | at_end)
            if frames.size:
                disparity = np.full(len(times), np.nan)
                disparity[frames] = self._disparity(spec, frames, resolve, filled[int(says.argmax())].number)
                start[at_start] = disparity[at_start]
                end[at_end] = disparity[at_end]
        if all(keyframe.f_number is None for keyframe in filled):
            blurs, opening = [keyframe.blur for keyframe in filled], None
        else:
            # one of the two is 0 where the other counts, so that the way between them is one in K
            blurs = [0.0 if keyframe.f_number else keyframe.blur for keyframe in filled]
            openings = [
                1 / keyframe.f_number if keyframe.f_number else None if keyframe.blur is None else 0.0
                for keyframe in filled
            ]
            opening = blend(*numbers(openings))
        return PartialTrack(
            blend(start, end),
            blend(*numbers(blurs)),
            blend(*numbers([keyframe.range for keyframe in filled])),
            opening,
        )

    def _filled(self, times: np.ndarray) -> tuple[list[Keyframe], np.ndarray]:
        """Keyframes in order of time with missing fields filled from the one before, and their times."""
        placed = sorted(
            ((_seconds(keyframe, times), keyframe) for keyframe in self.keyframes), key=lambda pair: pair[0]
        )
        for (early, first), (late, second) in pairwise(placed):
            if late - early < 1e-6:
                raise InputError(
                    f"{self.path}: keyframes {first.number} and {second.number} are at one time, {early:g} s"
                )
        filled: list[Keyframe] = []
        for seconds, keyframe in placed:
            if isinstance(keyframe.focus, PointFocus | BoxFocus) and keyframe.focus.seconds is None:
                keyframe = replace(keyframe, focus=replace(keyframe.focus, seconds=seconds))
            if filled:
                names = ["focus", "range", "ease"]
                if keyframe.blur is None and keyframe.f_number is None:
                    names += ["blur", "f_number"]
                missing = {
                    name: getattr(filled[-1], name) for name in names if getattr(keyframe, name) is None
                }
                keyframe = replace(keyframe, **missing)
            filled.append(keyframe)
        return filled, np.array([seconds for seconds, _ in placed])

    def _disparity(
        self, spec: FocusSpec, frames: np.ndarray, resolve: ResolveFocus | None, number: int
    ) -> np.ndarray:
        if resolve is None:
            raise InputError(
                f"{self.path}: keyframe {number}: focus {spec} needs the clip; give a number here"
            )
        try:
            values = np.asarray(resolve(spec, frames), np.float64)
        except InputError as error:
            raise InputError(f"{self.path}: keyframe {number}: {error}") from None
        if values.shape != frames.shape or not np.all((values >= 0) & (values <= 1)):
            raise ValueError(
                f"focus {spec} resolved to shape {values.shape}, expected {frames.shape} in [0, 1]"
            )
        return values


def read_keyframes(path: str | Path) -> Keyframes:
    """Read and check a track file: a table where its name ends in .csv, OpenTimelineIO in .otio, else JSON.

    Raises InputError, which names a keyframe by its position from 1.
    """
    path = Path(path)
    return parse_keyframes(_text(path), path)


def parse_keyframes(text: str, path: Path) -> Keyframes:
    """Read and check the text of a track file, whose path tells its format.

    path: what messages call it, and masks are looked for beside. Raises InputError, as `read_keyframes`.
    """
    entries = _ENTRIES.get(path.suffix.lower(), _entries_of_json)(path, text)
    return Keyframes(path, tuple(_keyframe(path, number, entry) for number, entry in enumerate(entries, 1)))


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise InputError(
                f"{path}: is {size >> 20} MB large, expected a track file of at most {_LARGEST_FILE >> 20} MB"
            )
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a track file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not a track file; expected text") from None


def _entries_of_json(path: Path, text: str) -> list[Any]:
    content = _load(path, text)
    if not isinstance(content, dict):
        raise InputError(f'{path}: expected {{"version": 1, "keyframes": [...]}}')
    _check_keys(content, ("version", "keyframes"), str(path))
    if content.get("version") != 1 or isinstance(content["version"], bool):
        raise InputError(f"{path}: version {content.get('version')!r}, expected 1")
    entries = content.get("keyframes")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: keyframes is missing or empty; expected a list of at least one keyframe")
    return entries


_ENTRIES: dict[str, Callable[[Path, str], list[Any]]] = {
    ".csv": entries_of_table,
    ".otio": entries_of_timeline,
}


def _load(path: Path, text: str) -> Any:
    def refuse(word: str) -> None:
        raise InputError(f"{path}: {word} is not a value; expected finite numbers")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                raise InputError(f"{path}: {key!r} is given twice in one object; keep one")
            result[key] = value
        return result

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except InputError:
        raise
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: is not valid JSON (line {error.lineno}: {error.msg})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path}: is not a track file; expected JSON text") from None


def _keyframe(path: Path, number: int, entry: Any) -> Keyframe:
    where = f"{path}: keyframe {number}"
    if not isinstance(entry, dict):
        raise InputError(f"{where}: is {entry!r:.40}, expected fields in braces")
    _check_keys(entry, _FIELDS, where)
    if ("time" in entry) == ("frame" in entry):
        raise InputError(f"{where}: expected either a time in seconds or a frame index")
    for one, other in _ONE_OF:
        if one in entry and other in entry:
            raise InputError(f"{where}: {one} and {other} are both given; keep one of them")
    frame = time = None
    if "frame" in entry:
        frame = entry["frame"]
        if not isinstance(frame, int) or isinstance(frame, bool) or not 0 <= frame < 1 << 53:
            raise InputError(f"{where}: frame {frame!r:.40}, expected a whole number, 0 or more")
    else:
        time = _number(entry["time"], "time", math.inf, where)
    ease = entry.get("ease")
    if ease is not None and ease not in _EASES:
        raise InputError(
            f"{where}: ease {ease!r:.40} is unknown{_nearest(ease, _EASES)}; expected {', '.join(_EASES)}"
        )
    return Keyframe(
        number,
        frame,
        time,
        _focus(path, entry, where),
        _number(entry["blur"], "blur", MAX_BLUR, where) if "blur" in entry else None,
        _f_number(entry["f_number"], where) if "f_number" in entry else None,
        _number(entry["range"], "range", 1, where) if "range" in entry else None,
        ease,
    )


def _focus(path: Path, entry: dict[str, Any], where: str) -> FocusSpec | None:
    if "distance" in entry:
        distance = _number(entry["distance"], "distance", math.inf, where)
        if distance == 0:
            raise InputError(f"{where}: distance 0, expected metres, more than 0")
        return distance_focus(distance, distance)
    if "focus" not in entry:
        return None
    try:
        spec = parse_focus(entry["focus"])
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if isinstance(spec, MaskFocus) and not spec.path.exists() and (path.parent / spec.path).exists():
        return MaskFocus(path.parent / spec.path)
    return spec


def _number(value: Any, name: str, largest: float, where: str) -> float:
    if (
        not isinstance(value, (int, float))
        or isinstance(value, bool)
        or not 0 <= value <= largest
        or value == math.inf
    ):
        limit = "0 or more" if largest == math.inf else f"a number from 0 to {largest:g}"
        raise InputError(f"{where}: {name} {value!r:.40}, expected {limit}")
    return float(value)


def _f_number(value: Any, where: str) -> float:
    low, high, _ = LIMITS["f_number"]
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise InputError(f"{where}: f_number {value!r:.40}, expected a number from {low:g} to {high:g}")
    return float(value)


def _check_keys(entry: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in entry:
        if key not in known:
            raise InputError(
                f"{where}: {key!r:.40} is unknown{_nearest(key, known)}; expected {', '.join(known)}"
            )


def _nearest(word: Any, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(str(word).lower(), known, 1)
    return f", did you mean {close[0]!r}?" if close else ""


def _seconds(keyframe: Keyframe, times: np.ndarray) -> float:
    if keyframe.time is not None:
        return keyframe.time
    assert keyframe.frame is not None
    last = len(times) - 1
    if keyframe.frame <= last:
        return float(times[keyframe.frame])
    # Beyond the clip's end frames go on at its average rate, so that the way there keeps its shape.
    step = float(times[last] - times[0]) / last if last > 0 else 1 / 24
    return float(times[last]) + (keyframe.frame - last) * step
