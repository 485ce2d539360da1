"""The memory layout in which convolutions are fastest."""

from __future__ import annotations

import torch
from torch import nn

_FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}


@torch.no_grad()
def channels_last(module: nn.Module) -> None:
    """Lay out the weights of convolutions with channels last; values stay the same.

    Activations follow the weights. Frames of one run have the same layout for spatial and temporal
    convolutions, so that none is copied in between.
    """
    for parameter in module.parameters():
        if parameter.ndim in _FORMATS:
            parameter.data = parameter.data.to(memory_format=_FORMATS[parameter.ndim])
