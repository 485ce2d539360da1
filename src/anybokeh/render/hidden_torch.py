"""`hidden` in PyTorch: thresholds, pull-push fills and the reach of outlines, on any device."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import interpolate, pad

from anybokeh.render import hidden
from anybokeh.render.hidden import CELL, LEAST_WEIGHT, THRESHOLDS
from anybokeh.render.outlines_torch import TorchOutlines

_DIAGONAL = 1.4142


class TorchHiddenSurfaces(NamedTuple):
    """As `hidden.HiddenSurfaces`, channels first.

    Attributes:
        first: (), squashed circle of confusion of the first threshold.
        spacing: distance between two thresholds.
        fill: (thresholds, 4, rows, columns) linear RGB and signed circle of confusion.
        reach: (thresholds, rows, columns) distance in pixels over which an outline there still matters.
    """

    first: float
    spacing: float
    fill: torch.Tensor
    reach: torch.Tensor


def find_hidden_surfaces(
    light: torch.Tensor, coc: torch.Tensor, outlines: TorchOutlines, low: float, high: float
) -> TorchHiddenSurfaces:
    """Fill in what is hidden behind each threshold.

    Args:
        light: (3, height, width) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
        outlines: pixels near outlines, taken apart.
        low: circle of confusion at disparity 0.
        high: circle of confusion at disparity 1.
    """
    first, last = (float(np.copysign(np.log1p(abs(end)), end)) for end in (low, high))
    spacing = max((last - first) / (THRESHOLDS + 1), 1e-6)
    thresholds = (first + spacing * np.arange(1, THRESHOLDS + 1)).astype(np.float32)
    scale = float(np.float32(first)), float(np.float32(1 / spacing))
    pixels, one = torch.cat([light, coc[None]]), torch.ones_like(coc)
    worth = outlines.placed((1 - outlines.share) ** 2, one)
    behind = _sum_behind(outlines.placed(outlines.far, pixels), worth, *scale)
    worth = outlines.placed(outlines.share**2, torch.zeros_like(coc))
    behind = behind + _sum_behind(outlines.placed(outlines.near, pixels), worth, *scale)
    return TorchHiddenSurfaces(
        first=float(thresholds[0]),
        spacing=float(thresholds[1] - thresholds[0]),
        fill=_pull_push(behind[:THRESHOLDS]),
        reach=_spread(_outline_reach(behind)),
    )


def squash(coc: torch.Tensor) -> torch.Tensor:
    """sign(coc) * log(1 + |coc|)."""
    return torch.copysign(torch.log1p(coc.abs()), coc)


def _sum_behind(pixels: torch.Tensor, worth: torch.Tensor, first: float, scale: float) -> torch.Tensor:
    """Sums over cells of RGB, circle of confusion and weight: (thresholds + 1, 5, rows, columns).

    `pixels` is (4, height, width), linear RGB and circle of confusion; `worth` their weight.
    """
    band = (squash(pixels[3]) - first) * scale
    values = torch.cat([pixels, torch.ones_like(worth)[None]]) * worth
    sums = []
    # One threshold at a time: all memberships at once would be as large as THRESHOLDS pictures.
    for k in range(THRESHOLDS):
        membership = ((k + 1 - band) * hidden._SHARPNESS + 0.5).clamp(0, 1)
        sums.append(_sum_cells(membership * values))
    return torch.stack([*sums, _sum_cells(values)])


def _sum_cells(values: torch.Tensor) -> torch.Tensor:
    """Sums over cells of CELL x CELL pixels, (channels, height, width) to (channels, rows, columns)."""
    channels, height, width = values.shape
    values = pad(values, (0, -width % CELL, 0, -height % CELL))
    return values.reshape(channels, values.shape[1] // CELL, CELL, -1, CELL).sum((2, 4))


def _outline_reach(behind: torch.Tensor) -> torch.Tensor:
    around = _sum_neighbours(behind[:, 3:])
    back_sum, back_weight = around[:THRESHOLDS].unbind(1)
    front_sum, front_weight = (around[THRESHOLDS:] - around[:THRESHOLDS]).unbind(1)
    back, front = (
        total / weight.clamp(min=LEAST_WEIGHT)
        for total, weight in ((back_sum, back_weight), (front_sum, front_weight))
    )
    step = hidden._OUTLINE_STEP + hidden._OUTLINE_SLOPE * torch.minimum(front.abs(), back.abs())
    enough = (back_weight >= LEAST_WEIGHT) & (front_weight >= LEAST_WEIGHT) & (behind[:THRESHOLDS, 4] > 0)
    outline = enough & (front - back > step)
    return torch.where(outline, front.abs() + back.abs() + hidden._EXTRA_REACH, 0)


def _sum_neighbours(values: torch.Tensor) -> torch.Tensor:
    """Sum over the 3 x 3 cells around each, (..., rows, columns)."""
    rows, columns = values.shape[-2:]
    padded = pad(values, (1, 1, 1, 1))
    across = sum(padded[..., j : j + columns] for j in range(3))
    return sum(across[..., i : i + rows, :] for i in range(3))  # pyright: ignore


def _spread(reach: torch.Tensor) -> torch.Tensor:
    """Lower each reach by the distance walked over cells, straight or diagonal."""
    rows, columns = reach.shape[-2:]
    for _ in range(int(reach.max()) // CELL + 1):
        padded = pad(reach, (1, 1, 1, 1))
        for i in range(3):
            for j in range(3):
                walked = CELL * (0.0, 1.0, _DIAGONAL)[abs(i - 1) + abs(j - 1)]
                reach = torch.maximum(reach, padded[..., i : i + rows, j : j + columns] - walked)
    return reach


def _pull_push(sums: torch.Tensor) -> torch.Tensor:
    """Weighted means where there is weight, means of ever larger surroundings where there is none.

    (thresholds, 5, rows, columns), four weighted sums and their weight, to (thresholds, 4, rows, columns).
    """
    rows, columns = sums.shape[-2:]
    weight = sums[:, 4:]
    known = weight.clamp(max=1)
    # Without weight the sums are 0 too.
    means = sums[:, :4] / torch.where(weight > 0, weight, 1)
    if rows == columns == 1:
        return known * means
    capped = pad(torch.cat([known * means, known], 1), (0, columns % 2, 0, rows % 2))
    halved = capped[..., ::2, :] + capped[..., 1::2, :]
    coarse = _pull_push(halved[..., ::2] + halved[..., 1::2])
    larger = interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
    return known * means + (1 - known) * larger[..., :rows, :columns]
