"""Folders of many samples, made one after the other and continued where they stopped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.runtime.threads import Crew
from anybokeh.synth.library import SPLITS, open_library
from anybokeh.synth.presets import FRAMES, SIZE, check, make_sample
from anybokeh.synth.sample import DESCRIPTION, write_sample


@dataclass(frozen=True)
class BatchSettings:
    """What to make.

    Attributes:
        preset: natural or paper.
        count: how many samples.
        frames: of each sample.
        size: (width, height) in pixels.
        library: folder of cut-outs and backgrounds; None makes them up.
        split: train, test or all.
        seed: decides everything.
        degrade: whether the sharp frames get the noise and compression of a camera.
        overwrite: make existing samples again.
    """

    preset: str = "natural"
    count: int = 1
    frames: int = FRAMES
    size: tuple[int, int] = SIZE
    library: Path | None = None
    split: str = "all"
    seed: int = 0
    degrade: bool = False
    overwrite: bool = False

    def __post_init__(self) -> None:
        check(self.preset, self.size, self.frames)
        if not 1 <= self.count <= 100_000:
            raise InputError(f"count is {self.count}: expected 1 to 100000 samples")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}: expected 0 or more")
        if self.split not in SPLITS:
            raise InputError(f"split is {self.split!r}: expected one of {', '.join(SPLITS)}")


@dataclass(frozen=True)
class BatchReport:
    """How many samples were made, and how many were there already."""

    written: int
    kept: int


def sample_seed(seed: int, split: str, index: int) -> tuple[int, int, int]:
    """The seed of one sample; splits and indices never share one."""
    return seed, SPLITS.index(split), index


def make_samples(
    folder: Path, settings: BatchSettings, *, progress: Callable[[int, int | None], None] | None = None
) -> BatchReport:
    """Make `folder/00000`, `folder/00001` and so on; whole samples that are there already are kept.

    Args:
        folder: where; created if it is not there.
        settings: what.
        progress: called with the frames done and the frames in all.

    Raises:
        InputError: the library is bad, the folder cannot be written, or it holds samples of other settings.
    """
    props = open_library(settings.library, settings.split)
    _prepare(folder)
    written = kept = 0
    total = settings.count * settings.frames
    with Crew() as crew:
        for index in range(settings.count):
            target = folder / f"{index:05d}"
            seed = sample_seed(settings.seed, settings.split, index)
            done = index * settings.frames
            if target.exists() and not settings.overwrite:
                _check_same(target, settings, seed, props.name)
                kept += 1
            else:
                sample = make_sample(
                    settings.preset,
                    seed,
                    props=props,
                    size=settings.size,
                    frames=settings.frames,
                    name=target.name,
                    degrade=settings.degrade,
                    crew=crew,
                    progress=_part(progress, done, total),
                )
                write_sample(target, sample)
                written += 1
            if progress:
                progress(done + settings.frames, total)
    return BatchReport(written, kept)


def _part(
    progress: Callable[[int, int | None], None] | None, done: int, total: int
) -> Callable[[int, int | None], None] | None:
    return None if progress is None else lambda frame, _: progress(done + frame, total)


def _prepare(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; give a folder for the samples")
    if not folder.parent.is_dir():
        raise InputError(f"{folder}: the folder {folder.parent} does not exist; create it first")
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        # what an earlier run was killed over
        if path.is_dir() and path.name.startswith(".") and path.name[1:6].isdecimal():
            shutil.rmtree(path, ignore_errors=True)


def _check_same(target: Path, settings: BatchSettings, seed: tuple[int, ...], props: str) -> None:
    wanted: dict[str, Any] = {
        "preset": settings.preset,
        "seed": list(seed),
        "props": props,
        "degraded": settings.degrade,
    }
    try:
        found = json.loads((target / DESCRIPTION).read_text())
        same = (
            found["frames"] == settings.frames
            and found["size"] == list(settings.size)
            and {name: found["made"].get(name) for name in wanted} == wanted
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        same = False
    if not same:
        raise InputError(f"{target}: was not made with these settings; give another folder or --overwrite")
