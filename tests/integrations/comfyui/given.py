"""A tiny clip as ComfyUI hands it to nodes, and nodes called as it calls them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import tiny
from anybokeh.integrations.comfyui import NODE_CLASS_MAPPINGS

FRAMES = 6


def images(bits: int = 8) -> torch.Tensor:
    """An IMAGE: codes of 8 bits, or values between them."""
    codes = np.stack(tiny.pictures(FRAMES)).astype(np.float32)
    return torch.from_numpy(codes / 255 if bits == 8 else (codes + 0.37) / 256)


def disparity() -> torch.Tensor:
    """A MASK."""
    return torch.from_numpy(tiny.disparity(FRAMES))


def run(name: str, **values: Any) -> tuple[Any, ...]:
    """What a node gives, with the defaults of its inputs for those that are not given."""
    kind = NODE_CLASS_MAPPINGS[name]
    parts = kind.INPUT_TYPES()
    defaults = {
        key: about["default"]
        for part in ("required", "optional")
        for key, (_, about) in parts.get(part, {}).items()
        if "default" in about
    }
    return getattr(kind(), kind.FUNCTION)(**defaults | values)
