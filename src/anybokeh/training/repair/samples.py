"""Samples of a pool, one file a clip and network, and batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from anybokeh.errors import InputError
from anybokeh.repair.evidence import INPUTS
from anybokeh.repair.perceptron import Perceptron
from anybokeh.training.repair.crop_pool import clips_of, save_whole
from anybokeh.training.repair.losses import OUTPUTS

NETWORKS = ("outlines", "lamps", "context")


def fill_samples(
    folder: Path,
    pool: Path,
    each: int,
    seed: int,
    part: tuple[int, int] = (0, 1),
    outlines: Path | None = None,
) -> None:
    """Make `folder/outlines-000000.safetensors`, `lamps-…` and so on; files that are there already are kept.

    Args:
        folder: where to.
        pool: of `fill_pool`.
        each: samples of a crop, see `outline_samples`.
        seed: decides everything.
        part: which of how many equal parts of the pool.
        outlines: folder of a training of `outlines`; samples of `context` are made with it instead. Those of
            another training have to go first.

    Raises:
        InputError: there is no pool, or no training of `outlines`.
    """
    from safetensors.numpy import load_file

    from anybokeh.training.repair.lamp_samples import lamp_samples
    from anybokeh.training.repair.outline_samples import outline_samples

    clips = clips_of(pool)
    folder.mkdir(parents=True, exist_ok=True)
    first = None if outlines is None else trained(outlines, "outlines")
    names = ("outlines", "lamps") if first is None else ("context",)
    for clip in clips[part[0] :: part[1]]:
        for name in names:
            target = folder / f"{name}-{clip.name}"
            if target.exists():
                continue
            rng = np.random.default_rng((seed, int(clip.stem), NETWORKS.index(name)))
            crops = load_file(clip)
            if name == "lamps":
                samples = lamp_samples(crops, rng)
            else:
                samples = outline_samples(crops, rng, each, outlines=first)
            save_whole(samples, target)


def trained(folder: Path, name: str) -> Perceptron:
    """A network of `folder`, see `averaged`.

    Raises:
        InputError: there is none, or it is of another network.
    """
    tensors = {key: one.numpy() for key, one in averaged(folder, name).items()}
    inputs, outputs = len(tensors[f"{name}.mean"]), len(tensors[f"{name}.last.bias"])
    if (inputs, outputs) != (INPUTS, OUTPUTS[name]):
        raise InputError(
            f"{folder}: trains a network of {inputs} inputs and {outputs} outputs; give a training of {name}"
        )
    return Perceptron(tensors, name)


def averaged(folder: Path, name: str) -> dict[str, Tensor]:
    """Averaged weights of a training in `folder`, or those of a folder of weights, by their names there.

    Raises:
        InputError: there is none.
    """
    from anybokeh.repair.weights import TENSORS, read_weights
    from anybokeh.training.checkpoint import part_of, read_tensors
    from anybokeh.training.loop import STATE

    if (folder / TENSORS).is_file():
        _, tensors = read_weights(folder)
        found = {key: torch.from_numpy(one) for key, one in tensors.items() if key.startswith(f"{name}.")}
        if not found:
            raise InputError(f"{folder}: holds no network {name}; give a folder that does")
        return found
    state, _ = read_tensors(folder / STATE)
    return {f"{name}.{key}": tensor for key, tensor in part_of(state, "average").items()}


def mean_of(name: str, folders: Sequence[Path]) -> dict[str, Tensor]:
    """Mean of the weights of several trainings that went on from the same weights, see `averaged`.

    Raises:
        InputError: one is missing, is of another network, or went far from the first.
    """
    first, *others = (averaged(folder, name) for folder in folders)
    for other, folder in zip(others, folders[1:], strict=True):
        shapes, expected = ({key: one.shape for key, one in both.items()} for both in (other, first))
        # unrelated networks have nothing between them; they are farther apart than each is from 0
        weight = f"{name}.first.weight"
        if shapes != expected or (other[weight] - first[weight]).norm() > 0.5 * first[weight].norm():
            raise InputError(
                f"{folder}: did not go on from the weights that {folders[0]} went on from; leave it out"
            )
    return {key: torch.stack([one[key] for one in (first, *others)]).mean(0) for key in first}


class SampleBatches:
    """Batches of one network's samples.

    Attributes:
        mean, spread: (inputs,) of all samples.

    Args:
        folder: of `fill_samples`.
        name: of the network.
        size: samples of a batch.
        seed: with the step it decides what is drawn.

    Raises:
        InputError: the folder holds no samples of this network.
    """

    def __init__(self, folder: Path, name: str, size: int, seed: int = 0) -> None:
        from safetensors.numpy import load_file

        files = [load_file(file) for file in sorted(folder.glob(f"{name}-*.safetensors"))]
        files = [file for file in files if file]
        if not files:
            raise InputError(f"{folder}: holds no samples of {name}; make them first")
        self._samples = {key: np.concatenate([file[key] for file in files]) for key in files[0]}
        self._size, self._seed = size, seed
        some = self._samples["inputs"][:: max(1, len(self) // 200_000)].astype(np.float32)
        self.mean, self.spread = some.mean(0), some.std(0) + 0.05

    def __len__(self) -> int:
        return len(self._samples["inputs"])

    def __call__(self, step: int) -> dict[str, Tensor]:
        """The batch of a step, as the losses take it."""
        rng = np.random.default_rng((self._seed, step))
        drawn = rng.integers(0, len(self), self._size)
        return {
            key: torch.from_numpy(values[drawn].astype(np.float32)) for key, values in self._samples.items()
        }
