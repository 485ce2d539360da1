"""Networks with made-up weights, for tests."""

from __future__ import annotations

import numpy as np

from anybokeh.repair.config import RepairConfig
from anybokeh.repair.context import CONTEXT_INPUTS
from anybokeh.repair.evidence import INPUTS
from anybokeh.repair.lamps import LAMP_INPUTS

CONFIG = RepairConfig()


def tensors(seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of networks whose outputs are far from constant."""
    rng = np.random.default_rng(seed)
    weights: dict[str, np.ndarray] = {}
    for name, inputs, outputs in (
        ("outlines", INPUTS, 3),
        ("context", CONTEXT_INPUTS, 3),
        ("lamps", LAMP_INPUTS, 4),
    ):
        weights |= {
            f"{name}.mean": rng.random(inputs, np.float32),
            f"{name}.spread": np.ones(inputs, np.float32),
        }
        for layer, into, out in (("first", inputs, 8), ("second", 8, 8), ("last", 8, outputs)):
            weights[f"{name}.{layer}.weight"] = rng.standard_normal((out, into), np.float32)
            weights[f"{name}.{layer}.bias"] = rng.standard_normal(out, np.float32)
    return weights
