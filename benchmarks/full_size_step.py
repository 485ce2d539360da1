"""One real optimisation step of each stage of the full-size architecture, on a processor.

Random weights in float32, SGD, gradient checkpointing. Each weight is changed as soon as its gradient is
known, which is freed at once, so that there is never a second copy of the weights. Stages follow each other
as in a training. For each it prints the loss before and after, the norm of the gradient, how many weights
changed, processor seconds and the peak of memory.

    python benchmarks/full_size_step.py [--side 64] [--stages unet,temporal,decoder]

With --tiny, a model of the tests takes a step, which shows nothing but that this works.

Frames are embedded by the U-Net's learned token in place of the image encoder, which no stage trains.
"""

from __future__ import annotations

import argparse
import math
import resource
import time
from typing import Any

import torch
from torch import Tensor, nn

from anybokeh.models import BokehUNet, BokehVAE
from anybokeh.models.pipeline import AnyBokehPipeline
from anybokeh.training.config import StageSettings, read_settings
from anybokeh.training.stages import Stage, new_stage
from anybokeh.training.start import start_mpi
from operations import FULL, tiny

RATE = 1e-3
"""Of SGD; times a gradient whose norm is 1."""


def main() -> None:
    parser = argparse.ArgumentParser(description="One optimisation step of each stage at full size.")
    parser.add_argument("--side", type=int, default=64, help="of frames in pixels, a multiple of 64")
    parser.add_argument("--stages", default="unet,temporal,decoder")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="a model of the tests in place of the full size")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    sizes = tiny() if options.tiny else FULL
    unet = BokehUNet(**sizes.unet, learned_context=True)
    start_mpi(unet)
    pipe = AnyBokehPipeline(unet, BokehVAE(**{**sizes.vae, "force_upcast": False}))
    print(f"{sum(p.numel() for p in unet.parameters()) / 1e6:.0f} M weights, {memory():.1f} GB", flush=True)
    for settings in read_settings("svd").stages:
        if settings.part in options.stages.split(","):
            take_step(pipe, settings, options.side)


def take_step(pipe: AnyBokehPipeline, settings: StageSettings, side: int) -> None:
    """One step of a stage, and the loss on the same batch before and after it."""
    stage = new_stage(pipe, settings)
    batch = random_batch(settings.frames, side)
    started = time.process_time()
    norm, changed, before = update_in_backward(stage, batch)
    with torch.no_grad():
        after = float(torch.stack(list(losses(stage, batch).values())).sum())
    assert math.isfinite(norm) and norm > 0 and after < before, (norm, before, after)
    print(
        f"{settings.part}: {settings.frames} frames of {side}x{side}, loss {before:.6f} to {after:.6f}, "
        f"norm of the gradient {norm:.4g}, {changed / 1e6:.0f} M weights changed, "
        f"{time.process_time() - started:.0f} processor seconds, peak {memory():.1f} GB",
        flush=True,
    )


def update_in_backward(stage: Stage, batch: dict[str, Tensor]) -> tuple[float, int, float]:
    """SGD by hooks: the norm of the whole gradient, how many weights it changed, and the loss before."""
    found = {"square": 0.0, "changed": 0}

    def update(parameter: nn.Parameter) -> None:
        gradient = parameter.grad
        assert gradient is not None
        found["square"] += float(gradient.double().square().sum())
        found["changed"] += int(gradient.count_nonzero())
        with torch.no_grad():
            parameter.add_(gradient, alpha=-RATE)
        parameter.grad = None

    hooks = [
        parameter.register_post_accumulate_grad_hook(update)
        for parameter in stage.module.parameters()
        if parameter.requires_grad
    ]
    total = torch.stack(list(losses(stage, batch).values())).sum()
    total.backward()
    for hook in hooks:
        hook.remove()
    return math.sqrt(found["square"]), int(found["changed"]), float(total.detach())


def losses(stage: Stage, batch: dict[str, Tensor]) -> dict[str, Any]:
    """The stage's losses, with the same random numbers each time."""
    torch.manual_seed(1)
    return stage.losses(stage.module, batch)


def random_batch(frames: int, side: int) -> dict[str, Tensor]:
    """Noise in place of a clip."""
    draw = torch.Generator().manual_seed(2)
    pictures = {name: torch.rand((1, frames, 3, side, side), generator=draw) for name in ("frames", "bokeh")}
    numbers = {
        name: torch.full((1, frames), value)
        for name, value in (("focus", 0.6), ("blur", 16.0), ("range", 0.0))
    }
    return {**pictures, "disparity": torch.rand((1, frames, side, side), generator=draw), **numbers}


def memory() -> float:
    """Peak of this process in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
