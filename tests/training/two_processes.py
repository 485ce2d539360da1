"""A process of a training in several; run by test_processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch

from anybokeh.training.loop import train
from anybokeh.training.loop_settings import LoopSettings


def batch_at(number: int) -> dict[str, torch.Tensor]:
    x = torch.randn(16, 2, generator=torch.Generator().manual_seed(number))
    return {"x": x, "y": 3 * x[:, :1] - x[:, 1:] + 0.5}


def losses(model: torch.nn.Module, batch) -> dict[str, torch.Tensor]:
    return {"square": (model(batch["x"]) - batch["y"]).square().mean()}


class Chain(torch.nn.Module):
    """A network with blocks, of sizes that two processes cannot share evenly."""

    def __init__(self) -> None:
        super().__init__()
        self.down_blocks = torch.nn.ModuleList([torch.nn.Linear(2, 3), torch.nn.Linear(3, 5)])
        self.last = torch.nn.Linear(5, 1)
        self.fixed = torch.nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.down_blocks:
            x = block(x)
        return self.last(x) * self.fixed


def run(folder: Path, accumulate: int, steps: int = 12, sharded: bool = False) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    settings = LoopSettings(
        steps,
        0.05,
        warm_up=2,
        descent=0,
        save_every=5,
        report_every=3,
        accumulate=accumulate,
        sharded=sharded,
    )
    return train(Chain(), batch_at, losses, settings, folder)


if __name__ == "__main__":
    run(Path(sys.argv[1]), 1, int(sys.argv[2]), sys.argv[3] == "sharded")
    # threads of PyTorch's process groups now and then abort a program that has come to its end
    os._exit(0)
