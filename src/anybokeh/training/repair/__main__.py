"""Train the repair networks.

    python -m anybokeh.training.repair pool POOL --library LIBRARY --clips 1600
    python -m anybokeh.training.repair samples SAMPLES --pool POOL
    python -m anybokeh.training.repair train outlines RUN1 --samples SAMPLES
    python -m anybokeh.training.repair samples SAMPLES --pool POOL --context RUN1
    python -m anybokeh.training.repair train context RUN2 --samples SAMPLES
    python -m anybokeh.training.repair train lamps RUN3 --samples SAMPLES --batch 1024
    python -m anybokeh.training.repair export RUN1 RUN2 RUN3 WEIGHTS

and on from weights, by what answers do to pictures:

    python -m anybokeh.training.repair pictures PICTURES --pool POOL --context OLD
    python -m anybokeh.training.repair train context RUN4 --samples SAMPLES --start OLD --pictures PICTURES
    python -m anybokeh.training.repair export OLD RUN4 OLD WEIGHTS --mean RUN5

All of them go on where they were interrupted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from anybokeh.errors import InputError
from anybokeh.runtime.progress import progress


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
    samples = commands.add_parser("samples", help="make samples of a pool")
    samples.add_argument("folder", type=Path)
    samples.add_argument("--pool", type=Path, required=True)
    samples.add_argument("--each", type=int, default=220, help="samples of a crop (default 220)")
    samples.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("NUMBER", "PARTS"))
    samples.add_argument(
        "--context",
        type=Path,
        metavar="RUN",
        help="make those of `context`, with this training of `outlines`",
    )
    samples.add_argument("--seed", type=int, default=0)
    samples.set_defaults(run=_samples)
    pictures = commands.add_parser(
        "pictures", help="make pictures of a pool, for a loss through the renderer"
    )
    pictures.add_argument("folder", type=Path)
    pictures.add_argument("--pool", type=Path, required=True)
    pictures.add_argument(
        "--each", type=int, default=1, help="crops of a clip, two pictures each (default 1)"
    )
    pictures.add_argument("--part", type=int, nargs=2, default=(0, 1), metavar=("NUMBER", "PARTS"))
    pictures.add_argument(
        "--context", type=Path, required=True, metavar="RUN", help="training of `outlines`, or weights"
    )
    pictures.add_argument("--seed", type=int, default=0)
    pictures.set_defaults(run=_pictures)
    training = commands.add_parser("train", help="train a network, or go on")
    training.add_argument("network", choices=("outlines", "context", "lamps"))
    training.add_argument("folder", type=Path)
    training.add_argument("--samples", type=Path, required=True)
    training.add_argument("--start", type=Path, help="folder of weights to begin with (default: none)")
    training.add_argument(
        "--pictures", type=Path, help="pictures for a loss through the renderer, of `context` alone"
    )
    training.add_argument("--pictures-batch", type=int, default=3, help="pictures a step (default 3)")
    training.add_argument(
        "--pictures-weight", type=float, default=0.1, help="of the logarithm of their error (default 0.1)"
    )
    training.add_argument("--steps", type=int, default=2000)
    training.add_argument("--batch", type=int, default=4096)
    training.add_argument("--rate", type=float, default=3e-3, help="learning rate (default 0.003)")
    training.add_argument("--decay", type=float, default=0.03, help="weight decay (default 0.03)")
    training.add_argument("--threads", type=int, default=1)
    training.add_argument("--seed", type=int, default=0)
    training.set_defaults(run=_train)
    export = commands.add_parser("export", help="write the averaged weights of the networks for use")
    for name in ("outlines", "context", "lamps"):
        export.add_argument(name, type=Path, help="folder of its training, or of weights")
    export.add_argument("weights", type=Path)
    export.add_argument(
        "--mean",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN",
        help="more trainings of `context` that began with the same weights; the mean of all is written",
    )
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
    from anybokeh.training.repair.crop_pool import PoolSettings, fill_pool

    props = open_library(options.library, options.split)
    fill_pool(options.folder, props, PoolSettings(seed=options.seed), options.first, options.clips)


def _samples(options: argparse.Namespace) -> None:
    from anybokeh.training.repair.samples import fill_samples

    fill_samples(
        options.folder, options.pool, options.each, options.seed, tuple(options.part), options.context
    )


def _pictures(options: argparse.Namespace) -> None:
    from anybokeh.training.repair.picture_samples import fill_pictures

    part = tuple(options.part)
    fill_pictures(options.folder, options.pool, options.context, options.each, options.seed, part)


def _train(options: argparse.Namespace) -> None:
    from dataclasses import replace

    import torch

    from anybokeh.training.checkpoint import part_of
    from anybokeh.training.loop import train
    from anybokeh.training.loop_settings import LoopSettings
    from anybokeh.training.repair.losses import HIDDEN, LOSSES, OUTPUTS, TrainedPerceptron
    from anybokeh.training.repair.renderer_loss import (
        PictureBatches,
        Validation,
        WithPictures,
        picture_losses,
    )
    from anybokeh.training.repair.samples import SampleBatches, averaged

    torch.set_num_threads(options.threads)
    settings = LoopSettings(
        options.steps,
        options.rate,
        descent=0.6,
        weight_decay=options.decay,
        seed=options.seed,
    )
    torch.manual_seed(settings.seed)
    name = options.network
    batches = SampleBatches(options.samples, name, options.batch, settings.seed)
    scale = torch.from_numpy(batches.mean), torch.from_numpy(batches.spread)
    hidden, start = HIDDEN[name], None
    if options.start:
        start = part_of(averaged(options.start, name), name)
        hidden = len(start["first.bias"])
    model = TrainedPerceptron(*scale, hidden, OUTPUTS[name])
    if start:
        model.load_state_dict(start)
    recorded = {"network": name, "batch": options.batch, "samples": len(batches)}
    losses, validate = LOSSES[name], None
    if options.pictures:
        if name != "context":
            raise InputError(f"--pictures is given for {name}: leave it out, only context learns from them")
        pictures = PictureBatches(options.pictures, options.pictures_batch, settings.seed)
        recorded |= {"pictures": len(pictures), "pictures_batch": options.pictures_batch}
        recorded |= {"pictures_weight": options.pictures_weight}
        batches, losses = WithPictures(batches, pictures), picture_losses(options.pictures_weight)
        settings = replace(settings, validate_every=200)
        validate = Validation(model, pictures)
    with progress("training") as on_step:
        train(
            model,
            batches,
            losses,
            settings,
            options.folder,
            recorded=recorded,
            progress=on_step,
            validate=validate,
        )


def _export(options: argparse.Namespace) -> None:
    from dataclasses import replace

    from anybokeh.repair.weights import read_config
    from anybokeh.training.repair.export import write_weights
    from anybokeh.training.repair.samples import mean_of

    tensors = {}
    for name, more in (("outlines", []), ("context", options.mean), ("lamps", [])):
        tensors |= mean_of(name, [getattr(options, name), *more])
    # whether they are any good is for a measurement to say
    write_weights(options.weights, tensors, replace(read_config(), proven=()))


if __name__ == "__main__":
    sys.exit(main())
