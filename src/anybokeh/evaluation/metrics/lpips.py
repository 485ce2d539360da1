"""Learned perceptual image patch similarity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from anybokeh.errors import InputError

if TYPE_CHECKING:
    import torch

FILE = "lpips_alex.safetensors"
_CONVOLUTIONS = ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1))
"""AlexNet's convolutions: their number in torchvision's `features`, stride, padding."""
_MEAN, _SPREAD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
KEYS = frozenset(
    [f"features.{number}.{kind}" for number, _, _ in _CONVOLUTIONS for kind in ("weight", "bias")]
    + [f"lin{level}.weight" for level in range(len(_CONVOLUTIONS))]
)


def check_lpips(weights: Mapping[str, Any], where: str) -> None:
    """InputError unless all of `KEYS` are there: AlexNet's convolutions, and `lin0` to `lin4`."""
    missing = sorted(KEYS - set(weights))
    if missing:
        raise InputError(f"{where}: lacks {missing[0]}; make it again with tools/convert_metric_weights.py")


def lpips(result: np.ndarray, truth: np.ndarray, weights: Mapping[str, torch.Tensor]) -> float:
    """Mean LPIPS (Zhang et al., CVPR 2018, version 0.1, AlexNet) over frames.

    d = sum over levels of mean over pixels of sum over channels w (n(x) - n(y))^2, where n scales the
    features of every pixel to unit length.

    Args:
        result, truth: (frames, 3, height, width) in [0, 1], at least 63 x 63.
        weights: AlexNet's `features.*` as torchvision names them, and `lin0.weight` ... `lin4.weight`,
            (1, channels, 1, 1) and not negative.

    Returns:
        0 for equal frames; larger is less alike.
    """
    import torch

    values = []
    with torch.inference_mode():
        for pair in zip(result, truth, strict=True):
            levels = _features(torch.from_numpy(np.stack(pair)), weights)
            distance = sum(
                float(((one - other) ** 2 * weights[f"lin{level}.weight"][0]).sum(0).mean())
                for level, (one, other) in enumerate(levels)
            )
            values.append(distance)
    return float(np.mean(values))


def _features(frames: torch.Tensor, weights: Mapping[str, torch.Tensor]) -> list[torch.Tensor]:
    """Features of unit length after every convolution, (2, channels, height, width) each."""
    import torch.nn.functional as F

    mean, spread = (frames.new_tensor(values)[:, None, None] for values in (_MEAN, _SPREAD))
    x = (2 * frames - 1 - mean) / spread
    levels = []
    for level, (number, stride, padding) in enumerate(_CONVOLUTIONS):
        if level in (1, 2):
            x = F.max_pool2d(x, 3, 2)
        name = f"features.{number}"
        x = F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride, padding))
        levels.append(x / (x.norm(dim=1, keepdim=True) + 1e-10))
    return levels
