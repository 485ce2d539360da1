"""Visible and hidden samples of `samples` in PyTorch, for `differentiable`."""

from __future__ import annotations

from typing import NamedTuple

import torch

from anybokeh.render import samples
from anybokeh.render.hidden import CELL, THRESHOLDS
from anybokeh.render.hidden_torch import TorchHiddenSurfaces, squash
from anybokeh.render.outlines_torch import TorchOutlines


class TorchPoints(NamedTuple):
    """Visible and revealed hidden samples.

    Attributes:
        y, x: (points,) int64, pixel.
        coc: (points,) float32, signed circle of confusion in pixels.
        light: (points, 4) float32, linear RGB times weight, and weight.
    """

    y: torch.Tensor
    x: torch.Tensor
    coc: torch.Tensor
    light: torch.Tensor

    def where(self, chosen: torch.Tensor) -> TorchPoints:
        """The points for which `chosen`, (points,) bool, holds."""
        return TorchPoints(*(part[chosen] for part in self))


def surfaces(
    light: torch.Tensor,
    coc: torch.Tensor,
    hidden: TorchHiddenSurfaces,
) -> list[TorchPoints]:
    """Every visible sample, row by row, and one after the other the surfaces behind them.

    Args:
        light: (3, height, width) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
        hidden: fills behind each threshold.
    """
    height, width = coc.shape
    every = torch.arange(height * width, device=coc.device)
    visible = torch.cat([light, torch.ones_like(coc)[None]]).reshape(4, -1).T
    found = [TorchPoints(every // width, every % width, coc.reshape(-1), visible)]
    for _ in range(samples.HIDDEN_DEPTH):
        found.append(_revealed(found[-1], hidden))
    return found


def covering(outlines: TorchOutlines) -> TorchPoints:
    """Nearer surfaces that cover their pixel in part."""
    mixed = outlines.where((outlines.share > 0) & (outlines.share < 1))
    light = torch.cat([mixed.near[:3], torch.ones_like(mixed.share)[None]]) * mixed.share
    return TorchPoints(mixed.y, mixed.x, mixed.near[3], light.T)


def _revealed(front: TorchPoints, hidden: TorchHiddenSurfaces) -> TorchPoints:
    """The surfaces behind these points, near outlines."""
    place = squash(front.coc) - samples._MARGIN * hidden.spacing
    k = ((place - hidden.first) / hidden.spacing).floor().long().clamp(max=THRESHOLDS - 1)
    remaining = hidden.reach[k.clamp(min=0), front.y // CELL, front.x // CELL]
    near_outline = (k >= 0) & (remaining > 0)
    front, k, remaining = front.where(near_outline), k[near_outline], remaining[near_outline]
    surface = _sample_fill(hidden.fill, k, front.y, front.x)
    weight = (remaining / samples._FADE).clamp(max=1)[:, None]
    points = TorchPoints(front.y, front.x, surface[:, 3], torch.cat([surface[:, :3] * weight, weight], 1))
    return points.where(surface[:, 3] < front.coc)


def _sample_fill(fill: torch.Tensor, k: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Bilinear samples (points, 4) of the fills (thresholds, 4, rows, columns)."""
    top, bottom, v = _between(y, CELL, fill.shape[2])
    left, right, u = _between(x, CELL, fill.shape[3])
    u, v = u[:, None], v[:, None]
    above = fill[k, :, top, left] * (1 - u) + fill[k, :, top, right] * u
    below = fill[k, :, bottom, left] * (1 - u) + fill[k, :, bottom, right] * u
    return above * (1 - v) + below * v


def _between(pixel: torch.Tensor, size: int, cells: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The two cells whose centres enclose a pixel, and the share of the second."""
    position = ((pixel.float() + 0.5) / size - 0.5).clamp(0, cells - 1)
    first = position.long()
    return first, (first + 1).clamp(max=cells - 1), position - first
