"""The standard benchmark: clips of both kinds of truth, made on the spot and kept for the next time."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from anybokeh import __version__
from anybokeh.errors import InputError
from anybokeh.synth.sample_folders import BatchSettings, make_samples

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Standard:
    """What is made.

    Attributes:
        name: of the set.
        size: (width, height) of the frames.
        frames: of every clip.
        layered: number of clips of each preset of `anybokeh synth`.
        scenes: names of ray-traced scenes.
        fine: whether rays are traced until noise is far below what tells renderers apart.
    """

    name: str
    size: tuple[int, int]
    frames: int
    layered: dict[str, int]
    scenes: tuple[str, ...]
    fine: bool


QUICK = Standard(
    "quick", (384, 216), 4, {"natural": 4}, ("portrait", "ground", "thin", "night", "pull"), False
)
"""Made and judged in two to five minutes on two processor cores."""
FULL = Standard(
    "full",
    (512, 288),
    16,
    {"natural": 8, "paper": 4},
    ("portrait", "ground", "thin", "night", "pull", "ramp", "occlusion", "travel"),
    True,
)
"""Made and judged in about an hour on two processor cores."""


def default_folder(standard: Standard, seed: int) -> Path:
    """Where the clips are kept: in the user's cache folder, apart for every version of this package."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    settings = zlib.crc32(repr((__version__, standard)).encode())
    return cache / "anybokeh" / "benchmarks" / f"{standard.name}-{seed}-{settings:08x}"


def make_standard(
    folder: Path, standard: Standard, seed: int, *, progress: Progress | None = None
) -> tuple[list[Path], list[str]]:
    """Make what is not there yet.

    Args:
        folder: where; made if it is not there.
        standard: what.
        seed: of everything drawn at random.
        progress: called with what is being made, the frames done and the frames in all.

    Returns:
        Folders of samples, and notes on what was left out and why.

    Raises:
        InputError: the folder cannot be written, or holds something else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}); free or change it") from None
    folders, notes = [], []
    for preset, count in standard.layered.items():
        target = folder / f"layered-{preset}"
        settings = BatchSettings(
            preset=preset, count=count, frames=standard.frames, size=standard.size, seed=seed, split="all"
        )
        make_samples(target, settings, progress=_named(progress, f"layered clips ({preset})"))
        folders.append(target)
    if find_spec("mitsuba") is None:
        notes.append("ray-traced clips are left out: pip install 'anybokeh[raytrace]'")
        return folders, notes
    for scene in standard.scenes:
        try:
            _ray_trace(folder / "ray-traced", scene, standard, seed, progress)
        except InputError as error:
            notes.append(f"the ray-traced clip {scene} is left out: {error}")
    if any((folder / "ray-traced").glob("*/scene.json")):
        folders.append(folder / "ray-traced")
    return folders, notes


def _ray_trace(folder: Path, scene: str, standard: Standard, seed: int, progress: Progress | None) -> None:
    from anybokeh.synth.raytraced.scenes import FULL as FINE
    from anybokeh.synth.raytraced.scenes import QUICK as COARSE
    from anybokeh.synth.raytraced.scenes import make_scenes

    def on_frame(scene: str, done: int, total: int) -> None:
        if progress:
            progress(f"ray-traced clip {scene}", done, total)

    make_scenes(
        folder,
        [scene],
        frames=standard.frames,
        size=standard.size,
        quality=FINE if standard.fine else COARSE,
        seed=seed,
        progress=on_frame,
    )


def _named(progress: Progress | None, what: str) -> Callable[[int, int | None], None] | None:
    return None if progress is None else lambda done, total: progress(what, done, total)
