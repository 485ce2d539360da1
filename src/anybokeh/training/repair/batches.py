"""Batches from a pool."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from anybokeh.errors import InputError
from anybokeh.repair.network import MULTIPLE


class PoolBatches:
    """Crops drawn from a pool, some of them mirrored or played backwards.

    Args:
        folder: the pool.
        size: crops in a batch.
        seed: with the step it decides what is drawn.
        side: smaller crops are cut out of those of the pool; None takes them whole.

    Raises:
        InputError: the folder holds no pool.
    """

    def __init__(self, folder: Path, size: int, seed: int = 0, side: int | None = None) -> None:
        self.files = sorted(folder.glob("*.safetensors"))
        if not self.files:
            raise InputError(f"{folder}: holds no pool; make one first")
        if side is not None and (side < MULTIPLE or side % MULTIPLE):
            raise InputError(f"side is {side}: expected a multiple of {MULTIPLE}")
        self._size, self._seed, self._side = size, seed, side

    def __call__(self, step: int) -> dict[str, Tensor]:
        """The batch of a step, as `RepairLosses` takes it."""
        rng = np.random.default_rng((self._seed, step))
        crops = [self._crop(rng) for _ in range(self._size)]
        return {name: torch.stack([crop[name] for crop in crops]) for name in crops[0]}

    def _crop(self, rng: np.random.Generator) -> dict[str, Tensor]:
        with safe_open(self.files[rng.integers(len(self.files))], framework="pt") as file:
            number = int(rng.integers(file.get_slice("frames").get_shape()[0]))
            crop = {name: file.get_slice(name)[number] for name in file.keys()}  # noqa: SIM118
        crop = {name: one.float() / (255 if name == "frames" else 1) for name, one in crop.items()}
        if self._side is not None:
            top, left = rng.integers(0, crop["disparity"].shape[-1] - self._side + 1, 2)
            crop = {n: c[..., top : top + self._side, left : left + self._side] for n, c in crop.items()}
        if rng.random() < 0.5:
            crop = {name: one.flip(-1) for name, one in crop.items()}
        if rng.random() < 0.5:
            crop |= {name: crop[name].flip(0) for name in ("frames", "given")}
        return crop
