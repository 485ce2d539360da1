"""Rendering benchmark scenes into folders, one a scene, that appear whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.synth.raytraced.find_mitsuba import mitsuba
from anybokeh.synth.raytraced.scenes.kind import Moment, SceneKind
from anybokeh.synth.raytraced.scenes.photographs import Pictures
from anybokeh.synth.raytraced.scenes.registry import SCENES
from anybokeh.synth.raytraced.tracer import Quality, Tracer
from anybokeh.synth.raytraced.truth import FOLDERS, render_view, write_frame

FULL = Quality(least=128, most=1024, batch=64, noise=0.008)
"""Noise far below what tells renderers apart."""
QUICK = Quality(least=64, most=128, batch=32, noise=0.02)
"""For trying out: visible noise in blurred highlights."""
RATE = 24
"""Frames a second."""
_SHARP_SHARE = 2
_DESCRIPTION = "scene.json"


def make_scenes(
    out: Path,
    names: Sequence[str] | None = None,
    *,
    frames: int = 25,
    size: tuple[int, int] = (512, 288),
    quality: Quality = FULL,
    seed: int = 0,
    library: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Path]:
    """Render benchmark scenes with their truth, each into `out`/NAME.

    A folder holds 16-bit PNGs `aif`, `disparity`, `bokeh`, `mask` and `clipped` (see `Truth`), numbered from
    00000, and `scene.json`. It appears when it is whole; a scene that was interrupted goes on where it
    stopped, and one that is there is left alone.

    Args:
        out: made if it does not exist.
        names: keys of `SCENES`; None for all.
        frames: the same motion in that many frames.
        size: (width, height) in pixels.
        quality: rays of the blurred frames; sharp ones need half. Its own seed is not used.
        seed: of everything drawn at random, and of the rays.
        library: a folder of pictures to look in before the system's places.
        progress: called with the scene's name, frames done and frames in all.

    Returns:
        The scenes' folders.

    Raises:
        InputError: a name is unknown, a picture or Mitsuba is missing, or a folder holds something else.
    """
    names = list(SCENES) if names is None else list(names)
    _check(names, frames, size)
    mitsuba()
    pictures = Pictures(library)
    plans = []
    for name in names:
        moments = _moments(SCENES[name], frames, seed, pictures)
        description = _describe(name, moments, size, quality, seed)
        plans.append((out / name, moments, description, _is_whole(out / name, description)))
    for folder, moments, description, whole in plans:
        if not whole:
            _make(folder, moments, description, size, quality, seed, progress)
    return [folder for folder, *_ in plans]


def _check(names: list[str], frames: int, size: tuple[int, int]) -> None:
    for name in names:
        if name not in SCENES:
            raise InputError(f"scene is {name!r}: expected one of {', '.join(SCENES)}")
    if frames < 1:
        raise InputError(f"frames is {frames}: expected 1 or more")
    if min(size) < 16:
        raise InputError(f"size is {size[0]}x{size[1]}: expected 16 pixels or more each way")


def _moments(kind: SceneKind, frames: int, seed: int, pictures: Pictures) -> list[Moment]:
    return [
        kind.moment(index / max(frames - 1, 1), np.random.default_rng(seed), pictures)
        for index in range(frames)
    ]


def _describe(
    name: str, moments: list[Moment], size: tuple[int, int], quality: Quality, seed: int
) -> dict[str, Any]:
    from anybokeh import __version__

    description = {
        "version": 1,
        "size": list(size),
        "frames": len(moments),
        "rate": RATE,
        "transfer": "srgb",
        "focus": [moment.view.focus for moment in moments],
        "blur": [moment.view.blur for moment in moments],
        "range": [0.0] * len(moments),
        "depths": asdict(SCENES[name].depths),
        "cameras": [asdict(moment.view.camera) for moment in moments],
        "made": {
            "by": f"anybokeh {__version__}",
            "scene": name,
            "shows": SCENES[name].shows,
            "seed": seed,
            "rays": asdict(quality),
        },
    }
    return json.loads(json.dumps(description))


def _is_whole(folder: Path, description: dict[str, Any]) -> bool:
    """Whether the scene is there already.

    Raises:
        InputError: if something else is there.
    """
    if not folder.exists():
        return False
    try:
        found = json.loads((folder / _DESCRIPTION).read_text())
    except (OSError, ValueError):
        found = None
    if found != description:
        raise InputError(
            f"{folder} holds something else than this scene: remove it, or choose another folder"
        )
    return True


def _make(
    folder: Path,
    moments: list[Moment],
    description: dict[str, Any],
    size: tuple[int, int],
    quality: Quality,
    seed: int,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    name = folder.name
    unfinished = folder.with_name(f".{name}.unfinished")
    _begin(unfinished, description)
    blurred = replace(quality, seed=2 * seed + 1)
    most = max(quality.least, quality.most // _SHARP_SHARE)
    sharp = replace(quality, most=most, seed=2 * seed)
    for index, moment in enumerate(moments):
        if not (unfinished / FOLDERS[-1] / f"{index:05d}.png").exists():
            tracer = Tracer(moment.surfaces)
            truth = render_view(tracer, moment.view, size, SCENES[name].depths, sharp, blurred)
            write_frame(unfinished, index, truth)
        if progress:
            progress(name, index + 1, len(moments))
    (unfinished / f"{_DESCRIPTION}.part").rename(unfinished / _DESCRIPTION)
    unfinished.rename(folder)


def _begin(unfinished: Path, description: dict[str, Any]) -> None:
    """Keep the frames of an interrupted run for the same description, drop others."""
    part = unfinished / f"{_DESCRIPTION}.part"
    text = json.dumps(description, indent=1) + "\n"
    if unfinished.exists() and not (part.exists() and part.read_text() == text):
        shutil.rmtree(unfinished)
    unfinished.mkdir(parents=True, exist_ok=True)
    part.write_text(text)
