"""Networks with made-up weights, for tests."""

from __future__ import annotations

import numpy as np

from anybokeh.repair.config import RepairConfig

CONFIG = RepairConfig(widths=(4, 6, 8, 10), reach=3)


def tensors(seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of a small network whose outputs are far from constant."""
    import torch

    from anybokeh.repair.network import RepairNetwork

    torch.manual_seed(seed)
    made = {name: tensor.numpy() for name, tensor in RepairNetwork(CONFIG).state_dict().items()}
    return made | {"head.weight": 60 * made["head.weight"]}


def window(seed: int = 0, height: int = 48, width: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Three frames (3, 3, height, width) and their disparity (3, height, width), both noise."""
    rng = np.random.default_rng(seed)
    return rng.random((3, 3, height, width), np.float32), rng.random((3, height, width), np.float32)
