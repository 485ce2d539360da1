"""Clips with their truth, made ahead and kept as files, so that training does not wait for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from anybokeh.errors import InputError
from anybokeh.synth.sample import Sample

SUFFIX = ".safetensors"
_BYTE, _WORD = 255, 65535


def fill_pool(
    folder: Path, sample_at: Callable[[int], Sample], count: int, *, first: int = 0, step: int = 1
) -> None:
    """Make `folder/000000.safetensors` and so on; clips that are there already are kept.

    Args:
        folder: of the pool; made if it is not there.
        sample_at: the clip of a number.
        count: how many clips the pool shall have.
        first, step: make only every `step`-th clip from `first` on, for several processes at once.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    for index in range(first, count, step):
        target = folder / f"{index:06d}{SUFFIX}"
        if target.exists():
            continue
        temporary = target.with_suffix(f".{os.getpid()}.unfinished")
        save_file(_stored(sample_at(index)), temporary)
        temporary.replace(target)


class Pool:
    """The clips of a folder that `fill_pool` has written; only what is asked for is read.

    Raises:
        InputError: the folder holds none.
    """

    def __init__(self, folder: str | Path, count: int | None = None) -> None:
        self._paths = sorted(Path(folder).glob(f"*{SUFFIX}"))[:count]
        if not self._paths:
            raise InputError(f"{folder}: holds no clips; leave the pool out, or fill it first")

    def __len__(self) -> int:
        return len(self._paths)

    def size(self, index: int) -> tuple[int, int, int]:
        """Frames, height and width of a clip."""
        with self._open(index) as file:
            frames, _, height, width = file.get_slice("frames").get_shape()
            return frames, height, width

    def read(self, index: int, frames: slice, rows: slice, columns: slice) -> dict[str, np.ndarray]:
        """Part of a clip as float32: frames and bokeh (frames, 3, height, width) and disparity (frames,
        height, width) in [0, 1]; focus, blur and range (frames,)."""
        with self._open(index) as file:
            pictures = {
                name: file.get_slice(name)[frames, :, rows, columns].astype(np.float32) / _BYTE
                for name in ("frames", "bokeh")
            }
            disparity = file.get_slice("disparity")[frames, rows, columns].astype(np.float32) / _WORD
            numbers = {name: file.get_tensor(name)[frames] for name in ("focus", "blur", "range")}
        return {**pictures, "disparity": disparity, **numbers}

    def _open(self, index: int):
        from safetensors import SafetensorError, safe_open

        path = self._paths[index]
        try:
            return safe_open(path, framework="np")
        except (OSError, SafetensorError) as error:
            raise InputError(f"{path}: cannot be read ({error}); delete it and fill the pool again") from None


def _stored(sample: Sample) -> dict[str, np.ndarray]:
    pictures = {
        name: np.rint(np.clip(values, 0, 1) * _BYTE).astype(np.uint8)
        for name, values in (("frames", sample.frames), ("bokeh", sample.bokeh))
    }
    disparity = np.rint(np.clip(sample.disparity, 0, 1) * _WORD).astype(np.uint16)
    numbers = {name: np.asarray(getattr(sample, name), np.float32) for name in ("focus", "blur", "range")}
    return {**pictures, "disparity": disparity, **numbers}
