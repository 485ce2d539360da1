"""Train the repair network.

    python -m anybokeh.training.repair pool POOL --library LIBRARY --clips 1600
    python -m anybokeh.training.repair train RUN --pool POOL --steps 4000
    python -m anybokeh.training.repair export RUN WEIGHTS

Pool and run go on where they were interrupted.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from anybokeh.commands.common import progress
from anybokeh.errors import InputError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m anybokeh.training.repair",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True)
    pool = commands.add_parser("pool", help="make crops with their truth")
    pool.add_argument("folder", type=Path)
    pool.add_argument("--library", type=Path, help="cut-outs and backgrounds (default: made up on the spot)")
    pool.add_argument("--split", choices=("train", "test", "all"), default="train")
    pool.add_argument("--clips", type=int, default=1600)
    pool.add_argument("--first", type=int, default=0, help="number of the first clip (default 0)")
    pool.add_argument("--seed", type=int, default=0)
    pool.set_defaults(run=_pool)
    training = commands.add_parser("train", help="train, or go on")
    training.add_argument("folder", type=Path)
    training.add_argument("--pool", type=Path, required=True)
    training.add_argument("--steps", type=int, default=4000)
    training.add_argument("--batch", type=int, default=8)
    training.add_argument("--side", type=int, help="cut crops down to this")
    training.add_argument("--rate", type=float, default=1.5e-3, help="learning rate (default 0.0015)")
    training.add_argument("--threads", type=int, default=1)
    training.add_argument("--seed", type=int, default=0)
    training.set_defaults(run=_train)
    export = commands.add_parser("export", help="write the averaged weights for use")
    export.add_argument("folder", type=Path)
    export.add_argument("weights", type=Path)
    export.set_defaults(run=_export)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _pool(options: argparse.Namespace) -> None:
    from anybokeh.synth.library import open_library
    from anybokeh.training.repair.pool import PoolSettings, fill_pool

    props = open_library(options.library, options.split)
    fill_pool(options.folder, props, PoolSettings(seed=options.seed), options.first, options.clips)


def _train(options: argparse.Namespace) -> None:
    import torch

    from anybokeh.repair.network import RepairNetwork
    from anybokeh.training.loop import train
    from anybokeh.training.repair.batches import PoolBatches
    from anybokeh.training.repair.losses import RepairLosses
    from anybokeh.training.settings import LoopSettings

    torch.set_num_threads(options.threads)
    settings = LoopSettings(options.steps, options.rate, seed=options.seed)
    torch.manual_seed(settings.seed)
    model = RepairNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches = PoolBatches(options.pool, options.batch, settings.seed, options.side)
    losses = RepairLosses(reach=model.config.reach)
    recorded = {
        "network": asdict(model.config),
        "losses": asdict(losses.weights),
        "batch": options.batch,
        "side": options.side,
        "clips": len(batches.files),
    }
    with progress("training") as told:
        train(model, batches, losses, settings, options.folder, recorded=recorded, progress=told)


def _export(options: argparse.Namespace) -> None:
    import json

    from anybokeh.repair.config import RepairConfig
    from anybokeh.repair.weights import write_weights
    from anybokeh.training.checkpoint import part_of, read_tensors
    from anybokeh.training.loop import STATE

    tensors, _ = read_tensors(options.folder / STATE)
    recorded = json.loads((options.folder / "settings.json").read_text())
    write_weights(options.weights, part_of(tensors, "average"), RepairConfig.of(recorded["network"]))


if __name__ == "__main__":
    sys.exit(main())
