"""Optical flow by RAFT, where torchvision and its weights are at hand."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from anybokeh.evaluation.metrics.unavailable import Unavailable
from anybokeh.evaluation.metrics.weights import find_weights

FILE = "raft_large.safetensors"
_MULTIPLE, _LEAST = 8, 128


def raft_flow(weights: Path) -> Callable[[np.ndarray, np.ndarray], np.ndarray] | Unavailable:
    """A function as `dis_flow`, by RAFT (Teed and Deng, ECCV 2020), large, as torchvision builds it.

    Args:
        weights: the folder with `raft_large.safetensors`.
    """
    if find_spec("torchvision") is None:
        return Unavailable("torchvision is not installed")
    file = find_weights(weights, FILE)
    if isinstance(file, Unavailable):
        return file
    import torch
    from safetensors.torch import load_file
    from torchvision.models.optical_flow import raft_large  # pyright: ignore[reportMissingImports]

    network = raft_large(weights=None)
    network.load_state_dict(load_file(file))
    network.eval()

    def flow(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        height, width = one.shape[1:]
        pair = [torch.from_numpy(_padded(frame))[None] * 2 - 1 for frame in (one, other)]
        with torch.inference_mode():
            return network(*pair)[-1][0, :, :height, :width].numpy()

    return flow


def _padded(frame: np.ndarray) -> np.ndarray:
    """Replicated to the right and below, to a size that the network can halve three times."""
    missing = [max(_LEAST, size + -size % _MULTIPLE) - size for size in frame.shape[1:]]
    return np.pad(frame, [(0, 0), (0, missing[0]), (0, missing[1])], mode="edge")
