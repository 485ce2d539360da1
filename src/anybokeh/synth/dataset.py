"""Samples made while a model trains on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from anybokeh.errors import InputError
from anybokeh.runtime.threads import Crew
from anybokeh.synth.damage import DamageSettings, damage, parse_damage
from anybokeh.synth.library import open_library
from anybokeh.synth.presets import FRAMES, SIZE, check, make_sample
from anybokeh.synth.sample import Sample
from anybokeh.synth.sample_folders import sample_seed


class SyntheticClips(IterableDataset):
    """An endless stream of clips; its n-th clip depends on seed, split and n alone, whatever the workers.

    Workers take turns: with three of them, the first makes clips 0, 3, 6 and so on. `iter` begins at `start`;
    to go on after an interruption, give the number of clips that were used.

    Each clip is a dict of tensors as in `Sample`: frames, bokeh and clipped (frames, 3, height, width),
    disparity as damaged, exact (the exact disparity) and mask (coverage of the subject), all (frames, height,
    width), focus, blur and range (frames,); and index (), which clip it is.

    Args:
        library: folder of cut-outs and backgrounds; None makes them up.
        preset: natural or paper.
        size: (width, height) in pixels.
        frames: of each clip.
        seed: decides everything.
        split: train, test or all.
        damage: of the disparity: a name, settings, or None.
        start: number of the first clip.
        count: how many clips there are; None is without end.
        degrade: noise and compression of a camera on the sharp frames.
        threads: that each worker renders with.

    Raises:
        InputError: bad arguments, or a bad library.
    """

    def __init__(
        self,
        library: str | Path | None = None,
        preset: str = "natural",
        size: tuple[int, int] = SIZE,
        frames: int = FRAMES,
        seed: int = 0,
        split: str = "train",
        damage: str | DamageSettings | None = None,
        *,
        start: int = 0,
        count: int | None = None,
        degrade: bool = False,
        threads: int = 1,
    ) -> None:
        super().__init__()
        check(preset, size, frames)
        if start < 0 or (count is not None and count < 0):
            raise InputError(f"start is {start} and count {count}: expected 0 or more")
        self._props = open_library(library, split)
        self._preset, self._size, self._frames = preset, size, frames
        self._seed, self._split = seed, split
        self._damage = parse_damage(damage) if isinstance(damage, str) else damage
        self._start, self._count = start, count
        self._degrade, self._threads = degrade, threads

    def __iter__(self) -> Iterator[dict[str, Any]]:
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        index = self._start + first
        with Crew(self._threads) as crew:
            while self._count is None or index < self._count:
                yield self._tensors(self.sample(index, crew), index)
                index += step

    def sample(self, index: int, crew: Crew | None = None) -> Sample:
        """One clip of the stream, its disparity exact."""
        return make_sample(
            self._preset,
            sample_seed(self._seed, self._split, index),
            props=self._props,
            size=self._size,
            frames=self._frames,
            degrade=self._degrade,
            crew=crew,
        )

    def _tensors(self, sample: Sample, index: int) -> dict[str, Any]:
        exact = sample.disparity
        if self._damage is not None:
            seed = (*sample_seed(self._seed, self._split, index), 1)
            damaged = damage(exact, self._damage, seed, focus=sample.focus, rate=sample.rate)
            sample = replace(sample, disparity=damaged)
        arrays = {
            "frames": sample.frames,
            "bokeh": sample.bokeh,
            "disparity": sample.disparity,
            "exact": exact,
            "mask": sample.subject_mask,
            "clipped": sample.clipped,
            "focus": sample.focus,
            "blur": sample.blur,
            "range": sample.range,
        }
        tensors = {
            name: torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for name, a in arrays.items()
        }
        return {**tensors, "index": torch.tensor(index)}
