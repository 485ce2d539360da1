"""Losses of the repair network: on disparity, on the light of highlights, and that light through a blur."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from anybokeh.repair.network import clipping, extremes

GAMMA = 2.2
"""Encoding, as far as losses care."""
STEP = 0.04
"""Steps in disparity from which a change of them counts fully."""


@dataclass(frozen=True)
class RepairWeights:
    """Weights of the terms; 0 leaves one out.

    Attributes:
        distance: mean absolute error of disparity.
        edges: how much more pixels near outlines, and pixels that came in wrong, weigh there.
        square: mean squared error of disparity.
        slope: mean absolute error of disparity's differences to the right and downwards.
        change: mean squared error of the change as a share of the step, so that small steps count as well.
        stops: mean absolute error of the logarithm of highlights.
        caution: how much more an error weighs there that makes them too bright.
        blurred: mean squared error of highlights after a blur, as encoded brightness.
    """

    distance: float = 1.0
    edges: float = 4.0
    square: float = 20.0
    slope: float = 0.5
    change: float = 2.0
    stops: float = 0.3
    caution: float = 1.5
    blurred: float = 2.0


class RepairLosses:
    """The terms by name, as the training loop takes them.

    Batches hold frames (batch, 3, 3, height, width), given (batch, 3, height, width), disparity (batch,
    height, width) and light (batch, 3, height, width), log2(1 + linear light); see `make_clip`.

    Args:
        weights: of the terms.
        reach: of the network, see `RepairConfig`.
    """

    def __init__(self, weights: RepairWeights | None = None, reach: int = 10) -> None:
        self.weights = weights or RepairWeights()
        self.reach = reach

    def _change(self, given: Tensor, truth: Tensor, change: Tensor, matters: Tensor) -> Tensor:
        far, near = extremes(given, (self.reach,)).unbind(1)
        step = near - far
        wanted = ((truth - given) / (step + 1e-3)).clamp(-1, 1)
        # where near and far are the same, nothing can be changed
        sure = (step / STEP).clamp_max(1)
        return (sure * matters * (change - wanted).square()).mean()

    def __call__(self, model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        frames, given = batch["frames"], batch["given"]
        truth = reachable(given[:, 1], batch["disparity"])
        result = model(frames, given)
        weights = self.weights
        error = result.disparity - truth
        wrong = (given[:, 1] - truth).abs()
        matters = 1 + weights.edges * _near(torch.maximum(_outlines(truth), wrong) > 0.02)
        slopes = [torch.diff(error, dim=axis).abs().mean() for axis in (1, 2)]
        terms = {
            "distance": weights.distance * (matters * error.abs()).mean(),
            "square": weights.square * (matters * error.square()).mean(),
            "slope": weights.slope * (slopes[0] + slopes[1]),
            "change": weights.change * self._change(given[:, 1], truth, result.change, matters),
        }
        return terms | _highlights(frames[:, 1], batch["light"], result.stops, weights)


def reachable(given: Tensor, truth: Tensor) -> Tensor:
    """The truth with the slow errors of what was given, (batch, height, width).

    Nobody can tell from a picture that a surface bulges too much or that all is a little too near. Such
    errors are left in, so that they do not drown what can be learned: where outlines run.
    """
    error = given - truth
    sure = 1 - _near(torch.maximum(_outlines(truth), _outlines(given)) > 0.015)
    coarse = functional.avg_pool2d(torch.stack([sure * error, sure], 1), 4)
    slow = functional.avg_pool2d(coarse, 9, 1, 4, count_include_pad=False)
    slow = slow[:, :1] / (slow[:, 1:] + 0.02)
    return truth + functional.interpolate(slow, truth.shape[1:], mode="bilinear")[:, 0]


def _highlights(frame: Tensor, light: Tensor, stops: Tensor, weights: RepairWeights) -> dict[str, Tensor]:
    """Terms for what the camera clipped; light is log2(1 + linear light)."""
    clipped = clipping(frame)
    truth = torch.exp2(light) - 1
    found = frame.pow(GAMMA) * torch.exp2(stops)
    wanted = truth.clamp_min(1).log2()
    count = clipped.sum().clamp_min(1000.0)
    error = stops - wanted
    error = torch.maximum(weights.caution * error, -error)
    terms = {"stops": weights.stops * (clipped * error).sum() / count}
    # unclipped pixels are exact: only what was clipped may differ, or noise would count
    found = torch.where(clipped > 0, found, truth)
    found, truth = functional.avg_pool2d(found, 4), functional.avg_pool2d(truth, 4)
    loss = truth.new_zeros(())
    for size in (1, 3):
        errors = _encoded(_blurred(found, size)) - _encoded(_blurred(truth, size))
        loss = loss + errors.square().mean()
    return terms | {"blurred": weights.blurred * loss}


def _encoded(light: Tensor) -> Tensor:
    """Code values, with a slope left above white so that brighter is never indifferent."""
    code = light.clamp(1e-4, 1).pow(1 / GAMMA)
    return code + 0.1 * torch.log2(light.clamp_min(1))


def _blurred(light: Tensor, size: int) -> Tensor:
    return functional.avg_pool2d(light, 2 * size, stride=2)


def _outlines(disparity: Tensor) -> Tensor:
    across = functional.pad(torch.diff(disparity, dim=2).abs(), (0, 1))
    down = functional.pad(torch.diff(disparity, dim=1).abs(), (0, 0, 0, 1))
    return torch.maximum(across, down)


def _near(marked: Tensor, distance: int = 3) -> Tensor:
    """1 where something marked lies within `distance` pixels, else 0."""
    return extremes(marked.float(), (distance,))[:, 1]
