"""The loss through the renderer: what the answers of the network `context` do to pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import Tensor, nn

from anybokeh.errors import InputError
from anybokeh.optics.light import decode
from anybokeh.render.differentiable import SoftScene, blur_softly, encode_softly
from anybokeh.repair.evidence import GRID_WIDTH
from anybokeh.training.repair.losses import outline_losses
from anybokeh.training.repair.picture_samples import SIDE

BLUR = 8.0, 40.0
"""Range from which K of a picture's lens is drawn."""
FLOOR = 3e-5
"""Squared error that does not show, 45 dB; pictures that are nearly right do not outweigh the others."""
HELD_OUT = 10
"""One of this many clips is kept for validation."""
VALIDATED = 48
"""Pictures that are validated with."""


class PictureBatches:
    """Batches of pictures with a lens each, under names that begin with `picture.`.

    Args:
        folder: of pictures, see `picture_samples`.
        size: pictures of a batch.
        seed: with the step it decides what is drawn.

    Raises:
        InputError: the folder holds no pictures.
    """

    def __init__(self, folder: Path, size: int, seed: int = 0) -> None:
        files = sorted(folder.glob("picture-*.safetensors"))
        held_out = [int(file.stem.split("-")[1]) % HELD_OUT == HELD_OUT - 1 for file in files]
        self._files = [file for file, out in zip(files, held_out, strict=True) if not out]
        self._held_out = [file for file, out in zip(files, held_out, strict=True) if out][:VALIDATED]
        if not self._files:
            raise InputError(f"{folder}: holds no pictures to train with; make them of more clips")
        self._size, self._seed = size, seed

    def __len__(self) -> int:
        return len(self._files)

    def __call__(self, step: int) -> dict[str, Tensor]:
        """The batch of a step."""
        rng = np.random.default_rng((self._seed, step))
        return _joined([self._files[number] for number in rng.integers(0, len(self), self._size)], rng)

    def held_out(self) -> list[dict[str, Tensor]]:
        """Batches of one picture each that are never trained with, always the same."""
        return [_joined([file], np.random.default_rng(0)) for file in self._held_out]


def _joined(files: list[Path], rng: np.random.Generator) -> dict[str, Tensor]:
    pictures = [load_file(file) for file in files]
    lenses = [(rng.choice(one["aim"].ravel()), rng.uniform(*BLUR)) for one in pictures]
    joined = {name: np.concatenate([one[name] for one in pictures]) for name in ("inputs", "far", "near")}
    places = [one["place"] + index * SIDE**2 for index, one in enumerate(pictures)]
    joined |= {name: np.stack([one[name] for one in pictures]) for name in ("given", "aim")}
    joined["light"] = decode(np.stack([one["frame"] for one in pictures]) / 255, "srgb")
    joined["lens"] = np.array(lenses)
    tensors = {f"picture.{name}": torch.from_numpy(one.astype(np.float32)) for name, one in joined.items()}
    return tensors | {"picture.place": torch.from_numpy(np.concatenate(places))}


class WithPictures:
    """Batches of samples, each with one of pictures.

    Args:
        samples: the batch of samples of a step.
        pictures: the batch of pictures of a step.
    """

    def __init__(
        self, samples: Callable[[int], dict[str, Tensor]], pictures: Callable[[int], dict[str, Tensor]]
    ) -> None:
        self._samples, self._pictures = samples, pictures

    def __call__(self, step: int) -> dict[str, Tensor]:
        """Both, side by side."""
        return self._samples(step) | self._pictures(step)


def picture_errors(prediction: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
    """Mean squared errors of the blurred pictures, (pictures,), in code values of 0 to 1.

    Args:
        prediction: (pixels, 3) answers to `picture.inputs`.
        batch: of `PictureBatches`.
    """
    scenes, lenses = predicted_scenes(prediction, batch), batch["picture.lens"].tolist()
    errors = []
    for light, aim, scene, (focus, blur) in zip(
        batch["picture.light"], batch["picture.aim"], scenes, lenses, strict=True
    ):
        with torch.no_grad():
            right = encode_softly(blur_softly(light, SoftScene.sure(aim), focus, blur, GRID_WIDTH))
        seen = encode_softly(blur_softly(light, scene, focus, blur, GRID_WIDTH))
        errors.append(((seen - right) ** 2).mean())
    return torch.stack(errors)


def predicted_scenes(prediction: Tensor, batch: Mapping[str, Tensor]) -> list[SoftScene]:
    """The scene of each picture as predicted; elsewhere disparity is as it came."""
    given, place = batch["picture.given"], batch["picture.place"]
    far, span = batch["picture.far"], batch["picture.near"] - batch["picture.far"]
    maps = [
        values.reshape(-1).index_put((place,), predicted).reshape(given.shape)
        for values, predicted in (
            (given, (far + (1 + prediction[:, 1]) * span).clamp(0, 1)),
            (given, (far + prediction[:, 2] * span).clamp(0, 1)),
            (torch.ones_like(given), prediction[:, 0].sigmoid()),
        )
    ]
    return [SoftScene(*one) for one in zip(*maps, strict=True)]


def picture_losses(weight: float) -> Callable[[nn.Module, Mapping[str, Tensor]], dict[str, Tensor]]:
    """`outline_losses` and the error of pictures, for a batch of samples joined with one of pictures.

    Args:
        weight: of the mean logarithm of pictures' squared errors.
    """

    def losses(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        errors = picture_errors(model(batch["picture.inputs"]), batch)
        return outline_losses(model, batch) | {"picture": weight * (errors + FLOOR).log().mean()}

    return losses


class Validation:
    """Mean PSNR of the pictures that are held out, with answers as they are used: the likelier surface alone.

    Args:
        model: the network.
        pictures: its batches.
    """

    def __init__(self, model: nn.Module, pictures: PictureBatches) -> None:
        self._model, self._batches = model, pictures.held_out()

    @torch.no_grad()
    def __call__(self, step: int) -> dict[str, float]:
        """Mean PSNR after `step` steps; empty where no pictures are held out."""
        training = self._model.training
        self._model.eval()
        errors = []
        for batch in self._batches:
            prediction = self._model(batch["picture.inputs"])
            errors.append(
                picture_errors(torch.cat([100 * prediction[:, :1].sign(), prediction[:, 1:]], 1), batch)
            )
        self._model.train(training)
        return {"psnr": float(-10 * (torch.cat(errors) + FLOOR).log10().mean())} if errors else {}
