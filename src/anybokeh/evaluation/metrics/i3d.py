"""Inflated 3D Inception, the network whose features the Fréchet video distance is made of.

Carreira and Zisserman, CVPR 2017. Written as functions of a dictionary of weights, named as in the common
PyTorch port, so that widths follow from the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from anybokeh.errors import InputError

if TYPE_CHECKING:
    import torch

FILE = "i3d_kinetics400.safetensors"
SIZE = 224
_BLOCKS = "3b 3c | 4b 4c 4d 4e 4f | 5b 5c"
_POOLS = ((3, 3, 3), (2, 2, 2)), ((2, 2, 2), (2, 2, 2))
"""Kernel and stride of the pools in place of the bars in `_BLOCKS`."""
_BRANCHES = "b0", "b1a", "b1b", "b2a", "b2b", "b3b"
_EPSILON = 1e-3


def unit_names() -> list[str]:
    """Names of all convolutions with batch norm, in order."""
    blocks = [f"Mixed_{block}.{branch}" for block in _BLOCKS.replace("|", "").split() for branch in _BRANCHES]
    return ["Conv3d_1a_7x7", "Conv3d_2b_1x1", "Conv3d_2c_3x3", *blocks]


def check_i3d(weights: Mapping[str, Any], where: str) -> None:
    """InputError unless all weights are there."""
    norm = ("weight", "bias", "running_mean", "running_var")
    keys = [f"{name}.conv3d.weight" for name in unit_names()]
    keys += [f"{name}.bn.{kind}" for name in unit_names() for kind in norm]
    keys += ["logits.conv3d.weight", "logits.conv3d.bias"]
    missing = [key for key in keys if key not in weights]
    if missing:
        raise InputError(f"{where}: lacks {missing[0]}; make it again with tools/convert_metric_weights.py")


def i3d_features(video: torch.Tensor, weights: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Mean over time and place of the features before the classifier: (clips, 1024 in full width).

    Args:
        video: (clips, 3, frames, height, width) in [-1, 1], 224 x 224 and 16 frames as trained.
        weights: as `check_i3d` wants them.
    """
    x = _unit(video, weights, "Conv3d_1a_7x7", (2, 2, 2))
    x = _pool(x, (1, 3, 3), (1, 2, 2))
    x = _unit(_unit(x, weights, "Conv3d_2b_1x1"), weights, "Conv3d_2c_3x3")
    x = _pool(x, (1, 3, 3), (1, 2, 2))
    pools = iter(_POOLS)
    for block in _BLOCKS.split():
        x = _pool(x, *next(pools)) if block == "|" else _mixed(x, weights, f"Mixed_{block}")
    # At 16 frames of 224 x 224 there are 2 x 7 x 7 places, over which the original averages.
    return x.mean((2, 3, 4))


def i3d_logits(features: torch.Tensor, weights: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Scores of the 400 Kinetics classes from `i3d_features`: (clips, 400)."""
    return features @ weights["logits.conv3d.weight"][:, :, 0, 0, 0].T + weights["logits.conv3d.bias"]


def _mixed(x: torch.Tensor, weights: Mapping[str, torch.Tensor], name: str) -> torch.Tensor:
    import torch

    def unit(x: torch.Tensor, branch: str) -> torch.Tensor:
        return _unit(x, weights, f"{name}.{branch}")

    branches = [
        unit(x, "b0"),
        unit(unit(x, "b1a"), "b1b"),
        unit(unit(x, "b2a"), "b2b"),
        unit(_pool(x, (3, 3, 3), (1, 1, 1)), "b3b"),
    ]
    return torch.cat(branches, dim=1)


def _unit(
    x: torch.Tensor, weights: Mapping[str, torch.Tensor], name: str, stride: tuple[int, int, int] = (1, 1, 1)
) -> torch.Tensor:
    """Convolution, batch norm, ReLU."""
    import torch.nn.functional as F

    kernel = weights[f"{name}.conv3d.weight"]
    x = F.conv3d(_same(x, kernel.shape[2:], stride), kernel, stride=stride)
    mean, variance, gain, bias = (
        weights[f"{name}.bn.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")
    )
    return F.relu(F.batch_norm(x, mean, variance, gain, bias, eps=_EPSILON))


def _pool(x: torch.Tensor, kernel: tuple[int, int, int], stride: tuple[int, int, int]) -> torch.Tensor:
    import torch.nn.functional as F

    # Padding with zeros is right: features behind a ReLU are not negative.
    return F.max_pool3d(_same(x, kernel, stride), kernel, stride)


def _same(x: torch.Tensor, kernel: Sequence[int], stride: Sequence[int]) -> torch.Tensor:
    """Pad with zeros as TensorFlow does, so that the output has ceil(size / stride) places."""
    import torch.nn.functional as F

    padding: list[int] = []
    for size, length, step in zip(x.shape[:1:-1], reversed(kernel), reversed(stride), strict=True):
        missing = max(length - (size % step or step), 0)
        padding += [missing // 2, missing - missing // 2]
    return F.pad(x, padding)
