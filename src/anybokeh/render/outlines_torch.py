"""`outlines` for PyTorch: found on the processor, handed over as tensors.

What is looked at are a few thousand cells, each by itself; only their pixels travel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from anybokeh.render.outlines import CELL, find_outlines
from anybokeh.runtime.threads import Crew


class TorchOutlines(NamedTuple):
    """Pixels near outlines, taken apart; see `outlines.Outlines`.

    Attributes:
        y, x: (pixels,) int64.
        share: (pixels,) float32, how much of a pixel the nearer surface covers, in [0, 1].
        near, far: (4, pixels) float32, linear RGB and signed circle of confusion of both surfaces.
    """

    y: torch.Tensor
    x: torch.Tensor
    share: torch.Tensor
    near: torch.Tensor
    far: torch.Tensor

    @property
    def whole(self) -> torch.Tensor:
        """(4, pixels): what each pixel is behind what covers it in part."""
        return torch.where(self.share == 1, self.near, self.far)

    def placed(self, values: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        """`picture`, (..., height, width), with `values`, (..., pixels), at these pixels."""
        picture = picture.clone()
        picture[..., self.y, self.x] = values
        return picture

    def where(self, chosen: torch.Tensor) -> TorchOutlines:
        """The pixels for which `chosen`, (pixels,) bool, holds."""
        return TorchOutlines(*(part[..., chosen] for part in self))


def find_torch_outlines(light: torch.Tensor, coc: torch.Tensor) -> TorchOutlines:
    """Take the pixels near outlines apart; gradients do not pass.

    Args:
        light: (3, height, width) float32, linear.
        coc: (height, width) float32, signed circle of confusion in pixels.
    """
    height, width = coc.shape
    picture, radius = (
        np.ascontiguousarray(values.detach().cpu().numpy(), np.float32)
        for values in (light.permute(1, 2, 0), coc)
    )
    with Crew() as crew:
        found = find_outlines(crew, picture, radius)
    rows, columns = np.nonzero(found.index >= 0)
    order = np.argsort(found.index[rows, columns])
    i, j = np.indices((CELL, CELL))
    y = (rows[order, None, None] * CELL + i).ravel()
    x = (columns[order, None, None] * CELL + j).ravel()
    inside = (y < height) & (x < width)
    near, far = (part.reshape(-1, 4)[inside].T for part in (found.near, found.far))
    floats = (
        torch.from_numpy(np.ascontiguousarray(part)).to(light)
        for part in (found.share.ravel()[inside], near, far)
    )
    return TorchOutlines(*(torch.from_numpy(part[inside]).to(light.device) for part in (y, x)), *floats)
