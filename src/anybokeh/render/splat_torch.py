"""`splat` in PyTorch: row differences of kernels are scattered into bands of rows, summed and composited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch

from anybokeh.render.kernels import KernelBank, Kernels
from anybokeh.render.samples_torch import TorchSamples
from anybokeh.render.splat import NEGLIGIBLE_COVERAGE

_BAND_FLOATS = 1 << 26
"""Size of all layers of one band of rows; 256 MB."""
_ENTRIES = 1 << 22
"""Kernel entries scattered at once; about 40 bytes each while that lasts."""


class TorchKernels(NamedTuple):
    """Kernels on a device; an entry is one difference, half a pair.

    Attributes:
        kernels: what was uploaded.
        begin: (kernels,) int64, first entry of each kernel.
        count: (kernels,) int64, number of its entries.
        down: (entries,) int64, row of an entry relative to the sample.
        across: (entries,) int64, column of an entry relative to the sample.
        weight: (entries,) float32, difference of the kernel there.
    """

    kernels: Kernels
    begin: torch.Tensor
    count: torch.Tensor
    down: torch.Tensor
    across: torch.Tensor
    weight: torch.Tensor

    @classmethod
    def upload(cls, kernels: Kernels, device: str) -> TorchKernels:
        """Copy kernels to a device."""
        rows = 2 * torch.from_numpy(kernels.rows).long()
        down = (torch.arange(rows.shape[1] - 1) - kernels.reach).expand(len(rows), -1)
        down = down.reshape(-1).repeat_interleave(rows.diff(dim=1).reshape(-1))
        across = torch.from_numpy(kernels.offsets).long()[:, None] + torch.arange(2)
        weight = torch.from_numpy(kernels.weights)
        return cls(
            kernels,
            begin=rows[:, 0].to(device),
            count=(rows[:, -1] - rows[:, 0]).to(device),
            down=down.to(device),
            across=across.reshape(-1).to(device),
            weight=weight.reshape(-1).to(device),
        )


class TorchKernelBank(NamedTuple):
    """A `KernelBank` on a device: the kernels for level 0, and those for reduced levels."""

    full: TorchKernels
    reduced: TorchKernels

    @classmethod
    def upload(cls, bank: KernelBank, device: str) -> TorchKernelBank:
        """Copy a bank to a device."""
        return cls(*(TorchKernels.upload(kernels, device) for kernels in (bank.full, bank.reduced)))


def splat(
    drawn: TorchSamples,
    kernels: TorchKernels,
    layer_count: int,
    result: torch.Tensor,
    focus_layer: int = -1,
) -> torch.Tensor:
    """Blur the samples and composite them behind what `result` already holds, in place.

    Args:
        drawn: the samples.
        kernels: of the lens.
        layer_count: number of layers.
        result: (4, height, width) float32, linear RGB times coverage, and coverage.
        focus_layer: index of the layer with the focal plane.

    Returns:
        (height, width) float32, the coverage in front of `focus_layer`; zeros if that is -1.
    """
    height, width = result.shape[1:]
    in_front = torch.zeros_like(result[3])
    drawn = _repeat_border(drawn, height, width, kernels.kernels)
    row_floats = layer_count * 4 * (width + 4 * kernels.kernels.side + 1)
    rows = max(4 * kernels.kernels.reach, _BAND_FLOATS // row_floats)
    for top in range(0, height, rows):
        band = result[:, top : top + rows]
        layers = _blur(drawn, kernels, layer_count, top, band.shape[1], width)
        for layer in range(layer_count):
            if layer == focus_layer:
                in_front[top : top + rows] = band[3]
            lay_behind(band, layers[layer])
    return in_front


def blurred_layers(
    drawn: TorchSamples, cells: tuple[int, int], kernels: TorchKernels, layer_count: int
) -> Iterator[torch.Tensor]:
    """The blurred layers of a reduced level of (rows, columns) cells, front to back: (4, rows, columns)."""
    rows, columns = cells
    drawn = _repeat_border(drawn, rows, columns, kernels.kernels)
    for layer in range(layer_count):
        here = drawn.layer == layer
        if here.any():
            chosen = TorchSamples(*(part[here] for part in drawn))
            alone = chosen._replace(layer=torch.zeros_like(chosen.layer))
            yield _blur(alone, kernels, 1, 0, rows, columns)[0]


def lay_behind(result: torch.Tensor, blurred: torch.Tensor) -> None:
    """Add light and coverage as far as there is room, in place; both (4, rows, width)."""
    cover = blurred[3]
    share = ((1 - result[3]) / cover.clamp(min=NEGLIGIBLE_COVERAGE)).clamp(max=1)
    result += torch.where(cover > NEGLIGIBLE_COVERAGE, share, 0) * blurred


def _repeat_border(drawn: TorchSamples, height: int, width: int, kernels: Kernels) -> TorchSamples:
    """Samples with those of the border repeated beyond it, as far as kernels reach; sorted by row."""
    for axis, length, beyond in ((1, width, kernels.side), (0, height, kernels.reach)):
        place = drawn[axis]
        copies = 1 + beyond * ((place == 0).long() + (place == length - 1).long())
        index, copy = _enumerate_repeats(copies)
        repeated = [part[index] for part in drawn]
        # Copies of the first line count down from it, those of the last line up.
        before = torch.where(repeated[axis] == 0, beyond, 0)
        repeated[axis] = repeated[axis] + copy - before
        drawn = TorchSamples(*repeated)
    order = drawn.row.argsort(stable=True)
    return TorchSamples(*(part[order] for part in drawn))


def _enumerate_repeats(counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Each index repeated counts[index] times, and which of its repeats each is, 0, 1, 2, ..."""
    index = torch.arange(len(counts), device=counts.device).repeat_interleave(counts)
    starts = counts.cumsum(0) - counts
    return index, torch.arange(len(index), device=counts.device) - starts[index]


def _blur(
    drawn: TorchSamples, kernels: TorchKernels, layer_count: int, top: int, rows: int, width: int
) -> torch.Tensor:
    """Blurred layers of the rows from `top`: (layers, 4, rows, width)."""
    reach, side = kernels.kernels.reach, kernels.kernels.side
    # With room for all that these samples touch, nothing has to be checked or thrown away.
    above, left = 2 * reach, 2 * side
    height, columns = rows + 2 * above, width + 2 * left + 1
    sums = drawn.light.new_zeros(layer_count * height * columns, 4)
    for part in _parts(drawn, kernels, top - reach, top + rows + reach):
        index, repeat = _enumerate_repeats(kernels.count[part.kernel])
        entry = kernels.begin[part.kernel][index] + repeat
        row = part.row[index] + kernels.down[entry] + (above - top)
        column = part.column[index] + kernels.across[entry] + left
        place = (part.layer[index] * height + row) * columns + column
        sums.index_add_(0, place, kernels.weight[entry, None] * part.light[index])
    sums = sums.reshape(layer_count, height, columns, 4)[:, above : above + rows]
    return sums.cumsum(2)[:, :, left : left + width].permute(0, 3, 1, 2)


def _parts(drawn: TorchSamples, kernels: TorchKernels, top: int, bottom: int) -> Iterator[TorchSamples]:
    """The samples of rows from top to before bottom, in parts of about _ENTRIES kernel entries."""
    edges = torch.tensor([top, bottom], device=drawn.row.device)
    first, last = torch.searchsorted(drawn.row, edges).tolist()
    step = max(1, _ENTRIES // max(1, int(kernels.count.max())))
    for begin in range(first, last, step):
        yield TorchSamples(*(part[begin : min(begin + step, last)] for part in drawn))
