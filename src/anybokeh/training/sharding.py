"""Weights, gradients and moments split over the processes: fully sharded data parallel, PyTorch's FSDP2.

Checkpoints hold whole tensors all the same, so that any number of processes can go on with them.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

_UNITS = "down_blocks", "up_blocks"
"""Lists whose entries are gathered one at a time, when they are at work."""


def shard(model: nn.Module, device: torch.device) -> nn.Module:
    """Split a network over all processes, in place."""
    import torch.distributed as distributed
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(device.type, (distributed.get_world_size(),))
    for name, part in model.named_modules():
        if isinstance(part, nn.ModuleList) and name.rpartition(".")[2] in _UNITS:
            for block in part:
                fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model


def whole(tensors: Mapping[str, Tensor], *, kept: bool = True) -> dict[str, Tensor]:
    """Tensors gathered from all processes, each of which has to call it, in main memory; or none."""
    found = {}
    for name, tensor in tensors.items():
        one = gathered(tensor.detach())
        if kept:
            found[name] = one.cpu()
    return found


def is_split(network: nn.Module) -> bool:
    """Whether a part of a network is split."""
    return any(_is_split(tensor) for tensor in network.parameters())


def gathered(tensor: Tensor) -> Tensor:
    """A whole tensor; itself if it is not split."""
    return tensor.full_tensor() if _is_split(tensor) else tensor  # type: ignore[attr-defined]


def own_part(tensor: Tensor) -> Tensor:
    """The part of a tensor that is in this process, sharing its memory; itself if it is not split."""
    return tensor.to_local() if _is_split(tensor) else tensor  # type: ignore[attr-defined]


def split_like(tensor: Tensor, other: Tensor) -> Tensor:
    """A whole tensor split as another one is, which may be not at all."""
    if not _is_split(other):
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(other.device), other.device_mesh, other.placements)  # type: ignore[attr-defined]


def _is_split(tensor: Tensor) -> bool:
    return hasattr(tensor, "device_mesh")
