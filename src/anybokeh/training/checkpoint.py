"""Checkpoints of a training run: weights, their average and the optimiser's state in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from anybokeh.errors import InputError
from anybokeh.runtime.whole_files import whole_file
from anybokeh.training.sharding import split_like


def save_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any] | None = None) -> None:
    """Write tensors, and facts as JSON, whole or not at all."""
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with whole_file(path) as temporary:
        temporary.write_bytes(save(whole, {"about": json.dumps(dict(about or {}))}))


def read_tensors(path: Path, *, only_about: bool = False) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `save_tensors` wrote; with `only_about` no tensors are read.

    Raises:
        InputError: there is no such file, or it is not one.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            if only_about:
                return {}, about
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except (OSError, SafetensorError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a safetensors file") from None


def state_of(
    model: nn.Module, average: Mapping[str, Tensor], optimiser: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """All tensors of a run: `model.*`, `average.*` and `optimiser.NUMBER.*`."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in average.items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": torch.as_tensor(value) for name, value in state.items()}
    return tensors


def restore(
    tensors: Mapping[str, Tensor],
    model: nn.Module,
    average: dict[str, Tensor],
    optimiser: torch.optim.Optimizer,
) -> None:
    """Bring a run back to where `state_of` saw it."""
    weights = model.state_dict()
    known = part_of(tensors, "model")
    model.load_state_dict(
        {name: split_like(t, weights[name]) for name, t in known.items() if name in weights}
    )
    for name, tensor in part_of(tensors, "average").items():
        average[name] = split_like(tensor.to(average[name].device), average[name])
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in part_of(tensors, "optimiser").items():
        number, _, key = name.partition(".")
        parameter = parameters[int(number)]
        fits = split_like(tensor, parameter) if tensor.shape == parameter.shape else tensor
        state.setdefault(int(number), {})[key] = fits
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def part_of(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Tensors whose names begin with `prefix.`, without it."""
    return {name[len(prefix) + 1 :]: t for name, t in tensors.items() if name.startswith(f"{prefix}.")}
