"""A process of a training in several; run by test_processes."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from anybokeh.training.loop import train
from anybokeh.training.settings import LoopSettings


def batch_at(number: int) -> dict[str, torch.Tensor]:
    x = torch.randn(16, 2, generator=torch.Generator().manual_seed(number))
    return {"x": x, "y": 3 * x[:, :1] - x[:, 1:] + 0.5}


def losses(model: torch.nn.Module, batch) -> dict[str, torch.Tensor]:
    return {"square": (model(batch["x"]) - batch["y"]).square().mean()}


def run(folder: Path, accumulate: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    settings = LoopSettings(12, 0.05, warm_up=2, save_every=5, report_every=3, accumulate=accumulate)
    return train(torch.nn.Linear(2, 1), batch_at, losses, settings, folder)


if __name__ == "__main__":
    run(Path(sys.argv[1]), 1)
