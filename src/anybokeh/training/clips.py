"""Batches of clips: which one is drawn depends on its number alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from anybokeh.errors import InputError
from anybokeh.synth.dataset import SyntheticClips
from anybokeh.synth.sample import Sample, read_sample, sample_folders
from anybokeh.training.clip_pool import Pool, fill_pool
from anybokeh.training.config import DataSettings, StageSettings
from anybokeh.training.versions import EXACT, Versions

Batch = dict[str, Tensor]


class Clips(Protocol):
    """A number of clips, or an endless stream of them, of which parts are read."""

    def __len__(self) -> int: ...

    def size(self, index: int) -> tuple[int, int, int]:
        """Frames, height and width of a clip."""
        ...

    def read(
        self, index: int, frames: slice, rows: slice, columns: slice, version: str = EXACT
    ) -> dict[str, np.ndarray]:
        """See `Pool.read`."""
        ...


class Stream:
    """Clips that are made when they are asked for."""

    def __init__(self, settings: DataSettings, versions: Versions) -> None:
        self._settings, self._versions = settings, versions
        self._clips = _source(settings, "train")

    def __len__(self) -> int:
        return 1 << 62

    def size(self, index: int) -> tuple[int, int, int]:
        """As asked for in the settings."""
        width, height = self._settings.size
        return self._settings.frames, height, width

    def read(
        self, index: int, frames: slice, rows: slice, columns: slice, version: str = EXACT
    ) -> dict[str, np.ndarray]:
        """As `Pool.read`."""
        sample = self._clips(index)
        names = "frames", "bokeh", "disparity", "focus", "blur", "range"
        clip = {name: np.asarray(getattr(sample, name), np.float32) for name in names}
        clip |= self._versions.make(version, clip, index)
        part = frames, ..., rows, columns
        return {name: values[part if values.ndim > 1 else frames] for name, values in clip.items()}


def open_clips(settings: DataSettings, folder: Path, versions: Versions) -> Clips:
    """The clips of the training; those to be kept are in `folder` afterwards.

    Raises:
        InputError: the library or the samples cannot be used.
    """
    count = settings.clips
    if settings.samples is not None:
        available = len(sample_folders(settings.samples))
        count = min(count or available, available)
    elif not count:
        return Stream(settings, versions)
    fill(settings, folder, count, versions)
    return Pool(folder, count, versions)


def fill(settings: DataSettings, folder: Path, count: int, versions: Versions, split: str = "train") -> None:
    """Make the clips that `folder` lacks, in as many processes as the settings say."""
    _source(settings, split)  # bad settings are reported before processes start
    if settings.workers < 2:
        _fill_part(settings, folder, count, versions, split, 0, 1)
        return
    with ProcessPoolExecutor(settings.workers, get_context("spawn")) as processes:
        parts = [
            processes.submit(_fill_part, settings, folder, count, versions, split, part, settings.workers)
            for part in range(settings.workers)
        ]
        for part in parts:
            part.result()


def _fill_part(
    settings: DataSettings, folder: Path, count: int, versions: Versions, split: str, first: int, step: int
) -> None:
    fill_pool(folder, _source(settings, split), count, versions, first=first, step=step)


def _source(settings: DataSettings, split: str) -> Callable[[int], Sample]:
    if settings.samples is not None:
        folders = sample_folders(settings.samples)
        return lambda index: read_sample(folders[index])
    return SyntheticClips(
        settings.library, settings.preset, settings.size, settings.frames, settings.seed, split
    ).sample


class Batches:
    """Batches of a stage: parts of clips, some mirrored, some played backwards.

    Args:
        clips: what to draw from.
        stage: how long, how large, how many, and in which versions.
        seed: with the number of the batch it decides what is drawn.

    Raises:
        InputError: the clips are shorter or smaller than the stage asks for.
    """

    def __init__(self, clips: Clips, stage: StageSettings, seed: int) -> None:
        self._clips, self._stage, self._seed = clips, stage, seed
        frames, height, width = clips.size(0)
        if frames < stage.frames or height < stage.crop[1] or width < stage.crop[0]:
            raise InputError(
                f"clips have {frames} frames of {width}x{height}, but stage {stage.part} takes "
                f"{stage.frames} of {stage.crop[0]}x{stage.crop[1]}"
            )

    def __call__(self, number: int) -> Batch:
        """The batch of a number.

        Returns:
            frames and bokeh (batch, frames, 3, height, width), disparity (batch, frames, height, width), all
            in [0, 1]; focus, blur and range (batch, frames); render as frames, where clips have it.
        """
        drawn = [self._draw(number * self._stage.batch + part) for part in range(self._stage.batch)]
        return {name: torch.stack([one[name] for one in drawn]) for name in drawn[0]}

    def _draw(self, number: int) -> Batch:
        rng = np.random.default_rng((self._seed, number))
        drawn = [self._part(number, rng) for _ in range(self._stage.draws)]
        clip = max(drawn, key=_error) if len(drawn) > 1 else drawn[0]
        tensors = {
            name: torch.from_numpy(np.ascontiguousarray(one, np.float32)) for name, one in clip.items()
        }
        if rng.random() < 0.5:
            tensors |= {name: one.flip(-1) for name, one in tensors.items() if one.ndim > 1}
        if rng.random() < 0.5:
            tensors = {name: one.flip(0) for name, one in tensors.items()}
        return tensors

    def _part(self, number: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        index = number if isinstance(self._clips, Stream) else int(rng.integers(len(self._clips)))
        wanted = self._stage.frames, self._stage.crop[1], self._stage.crop[0]
        starts = [int(rng.integers(has - part + 1)) for has, part in zip(self._clips.size(index), wanted)]  # noqa: B905
        part = [slice(start, start + length) for start, length in zip(starts, wanted, strict=True)]
        version = self._stage.damage[int(rng.integers(len(self._stage.damage)))]
        frames, rows, columns = part
        return self._clips.read(index, frames, rows, columns, version)


def _error(clip: dict[str, np.ndarray]) -> float:
    return float(np.square(clip.get("render", clip["frames"]) - clip["bokeh"]).mean())


class Ahead:
    """Batches made ahead by other processes, in the order in which they will be asked for.

    Args:
        batch_at: the batch of a number.
        workers: how many processes; 0 makes each batch when it is asked for.
        stride: distance of the numbers that will be asked for.
    """

    def __init__(self, batch_at: Callable[[int], Batch], workers: int, stride: int = 1) -> None:
        self._batch_at, self._workers, self._stride = batch_at, workers, stride
        self._coming: Iterator[Batch] = iter(())
        self._next = -1

    def __call__(self, number: int) -> Batch:
        """As `batch_at`."""
        if not self._workers:
            return self._batch_at(number)
        if number != self._next:
            numbers = _Numbers(self._batch_at, number, self._stride)
            loader = DataLoader(numbers, batch_size=None, num_workers=self._workers)
            self._coming = iter(loader)
        self._next = number + self._stride
        return next(self._coming)


class _Numbers(IterableDataset):
    def __init__(self, batch_at: Callable[[int], Batch], first: int, stride: int) -> None:
        self._batch_at, self._first, self._stride = batch_at, first, stride

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        own, others = (worker.id, worker.num_workers) if worker else (0, 1)
        for number in itertools.count(self._first + own * self._stride, others * self._stride):
            yield self._batch_at(number)


def validation_clips(settings: DataSettings, folder: Path, count: int) -> list[Batch]:
    """Whole clips of the library's test split, a batch of one each."""
    fill(settings, folder, count, Versions(), "test")
    pool, everything = Pool(folder, count), slice(None)
    clips = (pool.read(index, everything, everything, everything) for index in range(count))
    return [{name: torch.from_numpy(one)[None] for name, one in clip.items()} for clip in clips]
