"""Clips with their truth, made ahead and kept as files, so that training does not wait for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import whole_file
from anybokeh.synth.sample import Sample
from anybokeh.training.versions import EXACT, Versions

SUFFIX = ".safetensors"
_BYTE, _WORD = 255, 65535
_SCALES: dict[str, tuple[type, int]] = {
    "frames": (np.uint8, _BYTE),
    "bokeh": (np.uint8, _BYTE),
    "render": (np.uint8, _BYTE),
    "disparity": (np.uint16, _WORD),
}
_EVERYTHING = slice(None)


def fill_pool(
    folder: Path,
    sample_at: Callable[[int], Sample],
    count: int,
    versions: Versions | None = None,
    *,
    first: int = 0,
    step: int = 1,
) -> None:
    """Make `folder/000000.safetensors` and so on, and versions of them in folders of their names.

    What is there already is kept.

    Args:
        folder: of the pool; made if it is not there.
        sample_at: the clip of a number.
        count: how many clips the pool shall have.
        versions: what to make of each clip.
        first, step: make only every `step`-th clip from `first` on, for several processes at once.
    """
    versions = versions or Versions()
    for name in ("", *versions.kept()):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for index in range(first, count, step):
        target = folder / f"{index:06d}{SUFFIX}"
        if not target.exists():
            sample = sample_at(index)
            arrays = {name: getattr(sample, name) for name in ("frames", "bokeh", "disparity")}
            numbers = {name: getattr(sample, name) for name in ("focus", "blur", "range")}
            _write(target, {**arrays, **numbers})
        missing = [name for name in versions.kept() if not (folder / name / target.name).exists()]
        if missing:
            clip = _read(target, _EVERYTHING, _EVERYTHING, _EVERYTHING)
            for name in missing:
                _write(folder / name / target.name, versions.make(name, clip, index))


class Pool:
    """The clips of a folder that `fill_pool` has written; only what is asked for is read.

    Raises:
        InputError: the folder holds none.
    """

    def __init__(
        self, folder: str | Path, count: int | None = None, versions: Versions | None = None
    ) -> None:
        self._paths = sorted(Path(folder).glob(f"*{SUFFIX}"))[:count]
        self._kept = (versions or Versions()).kept()
        if not self._paths:
            raise InputError(f"{folder}: holds no clips; leave the pool out, or fill it first")

    def __len__(self) -> int:
        return len(self._paths)

    def size(self, index: int) -> tuple[int, int, int]:
        """Frames, height and width of a clip."""
        with _open(self._paths[index]) as file:
            frames, _, height, width = file.get_slice("frames").get_shape()
            return frames, height, width

    def read(
        self, index: int, frames: slice, rows: slice, columns: slice, version: str = EXACT
    ) -> dict[str, np.ndarray]:
        """Part of a clip as float32: frames, bokeh and, where versions have it, render (frames, 3, height,
        width) and disparity (frames, height, width) in [0, 1]; focus, blur and range (frames,)."""
        path = self._paths[index]
        clip = _read(path, frames, rows, columns)
        if version in self._kept:
            clip |= _read(path.parent / version / path.name, frames, rows, columns)
        return clip


def _open(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        return safe_open(path, framework="np")
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); delete it and fill the pool again") from None


def _read(path: Path, frames: slice, rows: slice, columns: slice) -> dict[str, np.ndarray]:
    found = {}
    with _open(path) as file:
        for name in file.keys():  # noqa: SIM118
            if name not in _SCALES:
                found[name] = file.get_tensor(name)[frames]
                continue
            part = file.get_slice(name)
            where = (frames, rows, columns) if name == "disparity" else (frames, _EVERYTHING, rows, columns)
            found[name] = part[where].astype(np.float32) / _SCALES[name][1]
    return found


def _write(target: Path, arrays: Mapping[str, np.ndarray]) -> None:
    from safetensors.numpy import save_file

    stored = {}
    for name, values in arrays.items():
        if name in _SCALES:
            kind, most = _SCALES[name]
            stored[name] = np.rint(np.clip(values, 0, 1) * most).astype(kind)
        else:
            stored[name] = np.asarray(values, np.float32)
    with whole_file(target) as temporary:
        save_file(stored, temporary)
