"""Small models with seeded random weights, and the tensors that the official release computed with them.

The data lie outside the repository; tests that need them skip without.
"""

from __future__ import annotations

import hashlib
import json
import math
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from torch import nn

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "parity"

needs_release = pytest.mark.skipif(not FOLDER.is_dir(), reason="the release's tensors are not here")

Module = TypeVar("Module", bound=nn.Module)


@lru_cache(maxsize=1)
def release() -> dict[str, Any]:
    """Configuration, seed and state-dict keys of the release's small models."""
    return json.loads((FOLDER / "model.json").read_text())


def tensors(name: str) -> dict[str, torch.Tensor]:
    """The arrays of one of the release's files."""
    with np.load(FOLDER / f"{name}.npz") as file:
        return {key: torch.from_numpy(file[key]) for key in file}


@torch.no_grad()
def seeded(module: Module, name: str, seed: str = "golden-0") -> Module:
    """Fill a module with the random weights that belong to its name."""
    for key, value in sorted(module.state_dict().items()):
        if not value.dtype.is_floating_point:
            continue
        digest = hashlib.sha256(f"{seed}/{name}:{key}".encode()).digest()
        rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "little")))
        drawn = torch.from_numpy(np.asarray(rng.standard_normal(tuple(value.shape)), np.float32))
        if value.numel() == 1:
            drawn = torch.full(value.shape, 0.5)
        elif value.ndim == 1:
            drawn = 0.1 * drawn + float("norm" in key and key.endswith("weight"))
        else:
            drawn = drawn / math.sqrt(math.prod(value.shape[1:]))
        value.copy_(drawn)
    return module.eval()
