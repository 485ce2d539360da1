"""`outline_coverage` in PyTorch: all pixels at outlines at once."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.nn.functional import pad

from anybokeh.render import outline_coverage


class Mixtures(NamedTuple):
    """Pixels at outlines, and what of a nearer surface they hold; see `outline_coverage.nearer_coverage`.

    Attributes:
        y, x: (pixels,) int64.
        front: (pixels,) float32, signed circle of confusion of the nearer surface.
        share: (pixels,) float32, how much it covers.
        known: (pixels,) bool, whether that could be told.
        near, far: (3, pixels) float32, colours of the nearer surface, and of the farther one freed from it.
    """

    y: torch.Tensor
    x: torch.Tensor
    front: torch.Tensor
    share: torch.Tensor
    known: torch.Tensor
    near: torch.Tensor
    far: torch.Tensor


def nearer_coverage(light: torch.Tensor, coc: torch.Tensor, beyond: int) -> Mixtures:
    """How much of each pixel at an outline the nearer surface covers; `beyond` as for the kernel."""
    y, x, dy, dx = _nearer_neighbours(coc)
    front, own = coc[y + dy, x + dx], coc[y, x]
    tolerance = 0.25 * (front - own)
    known = _is_on(coc, y - dy, x - dx, own, tolerance)
    # One pixel farther in, if that is still the same surface: the first may be mixed too.
    farther_in = 1 + _is_on(coc, y + 2 * dy, x + 2 * dx, front, tolerance).long()
    near = light[:, y + farther_in * dy, x + farther_in * dx]
    farther_out = torch.where(_is_on(coc, y - beyond * dy, x - beyond * dx, own, tolerance), beyond, 1)
    height, width = coc.shape
    outside = (y - farther_out * dy).clamp(0, height - 1), (x - farther_out * dx).clamp(0, width - 1)
    pixel, behind = light[:, y, x], light[:, outside[0], outside[1]]
    span = near - behind
    contrast = (span * span).sum(0)
    share = (((pixel - behind) * span).sum(0) / contrast).clamp(0, outline_coverage.LARGEST_COVERAGE)
    # Colours that are no mixture of the two are left alone.
    rest = ((pixel - behind - share * span) ** 2).sum(0)
    share = share * (1 - rest / (outline_coverage._DOUBT * contrast)).clamp(min=0)
    share = torch.where(known & (contrast >= outline_coverage._LEAST_CONTRAST), share, 0)
    far = torch.where(share > 0, ((pixel - share * near) / (1 - share)).clamp(min=0), pixel)
    return Mixtures(y, x, front, share, known, near, far)


def _nearer_neighbours(coc: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """y, x of every pixel with an outline to a nearer neighbour, and offset dy, dx to the nearest."""
    height, width = coc.shape
    padded = pad(coc, (1, 1, 1, 1), value=-torch.inf)
    best, which = coc, torch.full_like(coc, 4, dtype=torch.int8)
    for place in range(9):
        neighbour = padded[place // 3 :, place % 3 :][:height, :width]
        # The last one of equals, as `outline_coverage` takes it.
        which = torch.where(neighbour >= best, place, which)
        best = torch.maximum(best, neighbour)
    step = outline_coverage._STEP + outline_coverage._SLOPE * torch.minimum(coc.abs(), best.abs())
    y, x = (best - coc > step).nonzero(as_tuple=True)
    which = which[y, x].long()
    return y, x, which // 3 - 1, which % 3 - 1


def _is_on(
    coc: torch.Tensor, y: torch.Tensor, x: torch.Tensor, surface: torch.Tensor, tolerance: torch.Tensor
) -> torch.Tensor:
    """Whether places lie in the picture and on a surface of that circle of confusion."""
    height, width = coc.shape
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    there = coc[y.clamp(0, height - 1), x.clamp(0, width - 1)]
    return inside & ((there - surface).abs() < tolerance)
