"""Clips to be judged: samples with truth, and real clips without."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.evaluation.metrics import Facts
from anybokeh.settings import FOCUS_LIMITS
from anybokeh.shot import Scene, Shot
from anybokeh.synth.maps import read_maps, read_pictures
from anybokeh.synth.sample import RATE, read_sample, sample_folders


@dataclass(frozen=True)
class Case:
    """One clip with what is known of it.

    Attributes:
        name: of its folder, made unique in the run.
        facts: its frames and truth.
        rate: frames a second.
        whole: number of frames of the clip, of which `facts` may hold the first ones alone.
    """

    name: str
    facts: Facts
    rate: float
    whole: int

    def shot(self, disparity: np.ndarray, radiance: bool = False) -> Shot:
        """The clip as a renderer takes it, with this disparity (frames, height, width) in [0, 1].

        With `radiance` the renderer is given how bright clipped pixels were, where that is known.
        """
        facts = self.facts
        gain = None
        if radiance and facts.clipped is not None:
            gain = 1 / np.maximum(facts.clipped, 1 / 65535)
        scene = Scene(disparity, gain)
        return Shot(facts.aif, scene, facts.focus, facts.blur, facts.range, facts.transfer)


def find_cases(benchmarks: Sequence[Path]) -> dict[str, Path]:
    """The folders of all clips by name, in order.

    Names are those of the folders. With several benchmarks, the benchmark's name stands before those that are
    alike and those that are but numbers.

    Raises:
        InputError: a benchmark holds no clips, or two clips cannot be told apart.
    """
    found = [(folder, root) for root in benchmarks for folder in sample_folders(root)]
    names = [folder.resolve().name for folder, _ in found]
    result: dict[str, Path] = {}
    for (folder, root), name in zip(found, names, strict=True):
        vague = names.count(name) > 1 or (name.isdecimal() and len(benchmarks) > 1)
        unique = f"{root.resolve().name}-{name}" if vague else name
        if unique in result:
            raise InputError(f"{folder}: its name {unique} occurs twice; rename one of the folders")
        result[unique] = folder
    return result


def read_case(folder: Path, name: str, frames: int | None = None) -> Case:
    """Read a clip, or its first frames: a sample with truth where there is `bokeh/`, else a real clip.

    A real clip has `aif/` and `disparity/` like a sample, `mask/` if there is one, and a `scene.json` with
    `focus`, and `blur`, `range` and `rate` if they are not 16, 0 and 24.

    Raises:
        InputError: a file is missing or unreadable, or lengths or sizes do not match.
    """
    case = _with_truth(folder, name) if (folder / "bokeh").is_dir() else _real(folder, name)
    facts = case.facts
    for what, high in FOCUS_LIMITS.items():
        values = np.asarray(getattr(facts, what))
        if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= high):
            raise InputError(
                f"{folder / 'scene.json'}: {what} runs from {values.min():g} to {values.max():g};"
                f" expected 0 to {high:g}"
            )
    return case if frames is None else _head(case, frames)


def _with_truth(folder: Path, name: str) -> Case:
    sample = read_sample(folder)
    facts = Facts(
        aif=sample.frames,
        focus=sample.focus,
        blur=sample.blur,
        disparity=sample.disparity,
        truth=sample.bokeh,
        mask=sample.subject_mask,
        clipped=sample.clipped,
        range=sample.range,
        lens=sample.lens,
    )
    return Case(name, facts, sample.rate, len(sample))


def _real(folder: Path, name: str) -> Case:
    description = _description(folder / "scene.json")
    frames = read_pictures(folder / "aif")
    count, _, height, width = frames.shape
    shape = (count, height, width)
    facts = Facts(
        aif=frames,
        focus=_numbers(folder, description, "focus", count, None),
        blur=_numbers(folder, description, "blur", count, 16.0),
        disparity=read_maps(folder / "disparity", shape),
        mask=read_maps(folder / "mask", shape) if (folder / "mask").is_dir() else None,
    )
    facts = replace(facts, range=_numbers(folder, description, "range", count, 0.0))
    return Case(name, facts, float(_numbers(folder, description, "rate", 1, RATE)[0]), count)


def _head(case: Case, frames: int) -> Case:
    facts = case.facts
    parts = ("aif", "focus", "blur", "disparity", "truth", "mask", "clipped", "range")
    arrays = {name: getattr(facts, name) for name in parts}
    cut = {name: array[:frames] for name, array in arrays.items() if isinstance(array, np.ndarray)}
    return replace(case, facts=replace(facts, **cut))


def _description(path: Path) -> dict[str, Any]:
    try:
        description = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({_first_line(error)}); write it again") from None
    if not isinstance(description, dict):
        raise InputError(f"{path}: holds no JSON object; write it again")
    return description


def _numbers(
    folder: Path, description: dict[str, Any], name: str, count: int, default: float | None
) -> np.ndarray:
    values = description.get(name, default)
    try:
        array = np.asarray(values, dtype=np.float32).reshape(-1)
    except (TypeError, ValueError):
        array = np.empty(0, np.float32)
    if len(array) == 1:
        array = np.repeat(array, count)
    if values is None or len(array) != count or not np.isfinite(array).all():
        raise InputError(
            f"{folder / 'scene.json'}: {name} is {values!r}; expected a number, or {count} numbers"
        )
    return array


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
