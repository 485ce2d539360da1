"""`samples` in PyTorch: what is splatted, as flat tensors on any device."""

from __future__ import annotations

from typing import NamedTuple

import torch

from anybokeh.render import samples
from anybokeh.render.hidden import CELL, THRESHOLDS
from anybokeh.render.hidden_torch import TorchHiddenSurfaces, squash
from anybokeh.render.kernels import Kernels
from anybokeh.render.known_hidden_torch import TorchKnownHidden
from anybokeh.render.layers import (
    BASE_HALF_LAYERS,
    BASE_LAYERS_PER_UNIT,
    BASE_RADIUS,
    FOCUS_LAYER,
    LAYERS_PER_OCTAVE,
    REDUCED_LAYERS,
    REDUCED_RADIUS,
)
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


class TorchSamples(NamedTuple):
    """What is splatted on one level, in no particular order.

    Attributes:
        row, column: (samples,) int64, cell.
        layer: (samples,) int64, layer within the level, 0 in front.
        kernel: (samples,) int64, index into the kernels.
        light: (samples, 4) float32, linear RGB times weight, and weight.
    """

    row: torch.Tensor
    column: torch.Tensor
    layer: torch.Tensor
    kernel: torch.Tensor
    light: torch.Tensor


def collect(
    light: torch.Tensor,
    coc: torch.Tensor,
    outlines: TorchOutlines,
    hidden: TorchHiddenSurfaces,
    known: TorchKnownHidden | None = None,
) -> TorchPoints:
    """List every visible sample of a picture, and behind each those hidden ones that blur may reveal.

    Args:
        light: (3, height, width) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
        outlines: pixels near outlines, taken apart.
        hidden: fills behind each threshold.
        known: surfaces behind that are known.
    """
    pixels = outlines.placed(outlines.whole, torch.cat([light, coc[None]]))
    if known is not None:
        # The farther surface of a pixel on the nearer one is mostly hidden.
        nearer = 2 * coc[outlines.y, outlines.x] > outlines.near[3] + outlines.far[3]
        mixed = outlines.where(nearer & (outlines.share > 0) & (outlines.share < 1))
        far = known.merge(mixed.y, mixed.x, mixed.near[3], mixed.far.T, mixed.share)
        pixels = mixed.placed(far.T, pixels)
    found = covering(outlines), *surfaces(pixels[:3], pixels[3], hidden, known)
    return TorchPoints(*(torch.cat(parts) for parts in zip(*found, strict=True)))


def surfaces(
    light: torch.Tensor,
    coc: torch.Tensor,
    hidden: TorchHiddenSurfaces,
    known: TorchKnownHidden | None = None,
) -> list[TorchPoints]:
    """The visible samples, row by row, and one after the other the surfaces behind them; as `collect`."""
    height, width = coc.shape
    every = torch.arange(height * width, device=coc.device)
    visible = torch.cat([light, torch.ones_like(coc)[None]]).reshape(4, -1).T
    found = [TorchPoints(every // width, every % width, coc.reshape(-1), visible)]
    for _ in range(samples.HIDDEN_DEPTH):
        found.append(_revealed(found[-1], hidden, known))
    return found


def covering(outlines: TorchOutlines) -> TorchPoints:
    """Nearer surfaces that cover their pixel in part."""
    mixed = outlines.where((outlines.share > 0) & (outlines.share < 1))
    light = torch.cat([mixed.near[:3], torch.ones_like(mixed.share)[None]]) * mixed.share
    return TorchPoints(mixed.y, mixed.x, mixed.near[3], light.T)


def _revealed(front: TorchPoints, hidden: TorchHiddenSurfaces, known: TorchKnownHidden | None) -> TorchPoints:
    """The surfaces behind these points, near outlines."""
    place = squash(front.coc) - samples._MARGIN * hidden.spacing
    k = ((place - hidden.first) / hidden.spacing).floor().long().clamp(max=THRESHOLDS - 1)
    remaining = hidden.reach[k.clamp(min=0), front.y // CELL, front.x // CELL]
    near_outline = (k >= 0) & (remaining > 0)
    front, k, remaining = front.where(near_outline), k[near_outline], remaining[near_outline]
    surface = _sample_fill(hidden.fill, k, front.y, front.x)
    if known is not None:
        surface = known.merge(front.y, front.x, front.coc, surface)
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


def level_of(coc: torch.Tensor) -> torch.Tensor:
    """Level on which discs are drawn, int64, negative behind the focal plane."""
    halvings = (coc.abs().clamp(min=2 * REDUCED_RADIUS) / REDUCED_RADIUS).log2().ceil().long()
    level = torch.where(coc.abs() > BASE_RADIUS, halvings, 0)
    return torch.where(coc > 0, level, -level)


def base_samples(points: TorchPoints, shape: tuple[int, int], kernels: Kernels) -> TorchSamples:
    """Samples of level 0, one a point; `points` lie all on that level."""
    radius = points.coc.abs()
    step = (BASE_LAYERS_PER_UNIT * radius.log1p()).long().clamp(max=BASE_HALF_LAYERS - 1)
    layer = torch.where(points.coc > 0, FOCUS_LAYER - step, FOCUS_LAYER + step)
    kernel = _choose_kernel(radius, points.coc > 0, points.y, points.x, shape, kernels)
    return TorchSamples(points.y, points.x, layer, kernel, points.light)


def level_samples(points: TorchPoints, shape: tuple[int, int], level: int, kernels: Kernels) -> TorchSamples:
    """Samples of a reduced level; `points` lie all on that level.

    Each point is shared bilinearly among the four cells of 2^level pixels around it, which keeps its place.
    """
    size = 1 << abs(level)
    rows, columns = -(-shape[0] // size), -(-shape[1] // size)
    radius = points.coc.abs() / size
    step = (LAYERS_PER_OCTAVE * (radius * (2 / BASE_RADIUS)).log2()).long().clamp(0, REDUCED_LAYERS - 1)
    layer = REDUCED_LAYERS - 1 - step if level > 0 else step
    values = torch.cat([points.light, points.light[:, 3:] * radius[:, None]], 1)
    sums = values.new_zeros(REDUCED_LAYERS * rows * columns, 5)
    top, bottom, v = _between(points.y, size, rows)
    left, right, u = _between(points.x, size, columns)
    for row, down in ((top, 1 - v), (bottom, v)):
        for column, across in ((left, 1 - u), (right, u)):
            cell = (layer * rows + row) * columns + column
            sums.index_add_(0, cell, (down * across)[:, None] * values)
    drawn = (sums[:, 3] > 1e-4).nonzero()[:, 0]
    cell, column = sums[drawn], drawn % columns
    row, layer = drawn // columns % rows, drawn // columns // rows
    near = torch.full_like(row, level > 0, dtype=torch.bool)
    kernel = _choose_kernel(cell[:, 4] / cell[:, 3], near, row, column, (rows, columns), kernels)
    pixels = (
        _pixels_of_cells(shape[0], size, rows, cell)[row]
        * _pixels_of_cells(shape[1], size, columns, cell)[column]
    )
    return TorchSamples(row, column, layer, kernel, cell[:, :4] / pixels[:, None])


def _pixels_of_cells(length: int, size: int, cells: int, like: torch.Tensor) -> torch.Tensor:
    """Along one axis, the number of pixels that each cell receives, (cells,)."""
    first, second, share = _between(torch.arange(length, device=like.device), size, cells)
    return like.new_zeros(cells).index_add_(0, first, 1 - share).index_add_(0, second, share)


def _choose_kernel(
    radius: torch.Tensor,
    near: torch.Tensor,
    row: torch.Tensor,
    column: torch.Tensor,
    shape: tuple[int, int],
    kernels: Kernels,
) -> torch.Tensor:
    """Index of the kernel of the nearest radius, for the place in the picture; `radius` in cells.

    near: whether it is nearer than the focal plane.
    """
    across, down = kernels.field
    field_cell = row * down // shape[0] * across + column * across // shape[1]
    index = field_cell * kernels.bins + (radius * kernels.steps + 0.5).long()
    return torch.where(near, len(kernels.reaches) - 1 - index, index) if kernels.turned else index
