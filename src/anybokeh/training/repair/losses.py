"""The networks as they are trained, and their losses."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from anybokeh.repair.perceptron import LAYERS

OUTPUTS = {"outlines": 3, "context": 3, "lamps": 4}
HIDDEN = {"outlines": 64, "context": 128, "lamps": 48}
NOISE = 0.05
"""Added to inputs, in their spread, so that single clips are not learned by heart."""
SHARES = -0.5, 3.0
"""Range to which the truth, a share of the step from far to near, is clipped."""
DAYLIGHT = 6.0
"""Weight of a white surface mistaken for a lamp, relative to a missed lamp."""


class TrainedPerceptron(nn.Module):
    """As `repair.perceptron.Perceptron`, with the same tensors.

    Args:
        mean, spread: (inputs,) of the inputs.
        hidden: width of the hidden layers.
        outputs: how many.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor, spread: Tensor, hidden: int, outputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        for layer, into, out in zip(
            LAYERS, (len(mean), hidden, hidden), (hidden, hidden, outputs), strict=True
        ):
            self.add_module(layer, nn.Linear(into, out))

    def forward(self, inputs: Tensor) -> Tensor:
        """(samples, inputs) -> (samples, outputs)."""
        x = (inputs - self.mean) / self.spread
        if self.training:
            x = x + NOISE * torch.randn_like(x)
        for layer in LAYERS[:-1]:
            x = functional.relu(self.get_submodule(layer)(x))
        return self.get_submodule(LAYERS[-1])(x)


def outline_losses(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Terms of the networks of outlines, for batches of `outline_samples`.

    Where a surface lies is learned from pixels of that surface alone: the mean of two surfaces is none.
    """
    prediction = model(batch["inputs"])
    share, weight = batch["side"].clamp(*SHARES), batch["weight"] * batch["step"].clamp_max(0.5) * 3
    nearer = share > 0.5
    wrong = functional.binary_cross_entropy_with_logits(prediction[:, 0], nearer.float(), reduction="none")
    off = torch.where(nearer, 1 + prediction[:, 1], prediction[:, 2]) - share
    return {"side": (weight * wrong).mean(), "place": (weight * off.abs()).mean()}


def lamp_losses(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Terms of the network of lamps, for batches of `lamp_samples`; large spots weigh more."""
    prediction = model(batch["inputs"])
    lamp, size = batch["lamp"], batch["area"].clamp_max(400).sqrt() / 3
    wrong = functional.binary_cross_entropy_with_logits(prediction[:, 0], lamp, reduction="none")
    # lamps that burn by day are rare, and look like any white patch
    day = batch["inputs"][:, _WHOLE] > 0.3
    weight = size * torch.where(lamp > 0.5, torch.where(day, 0.2, 1.0), DAYLIGHT)
    stops = functional.smooth_l1_loss(prediction[:, 1:], batch["stops"], reduction="none").mean(1)
    return {"lamp": (weight * wrong).mean(), "stops": (0.3 * size * lamp * stops).mean()}


LOSSES = {"outlines": outline_losses, "context": outline_losses, "lamps": lamp_losses}
_WHOLE = 18
"""The input that holds the brightness of the whole picture, see `find_spots`."""
