"""`anybokeh train`: train the one-step model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command
from anybokeh.errors import InputError
from anybokeh.runtime.progress import progress


def add_train(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "train", _train, "Train the one-step model.")
    parser.add_argument("settings", metavar="SETTINGS", help="svd, nano, or a YAML file")
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", type=Path, help="folder of the run (default out/train/SETTINGS)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in FOLDER")
    parser.add_argument("--smoke", action="store_true", help="all stages with a tiny model, two steps each")
    parser.add_argument(
        "--library", metavar="FOLDER", help="cut-outs and backgrounds, in place of the settings' own"
    )
    parser.add_argument(
        "--clips", metavar="FOLDER", type=Path, help="where clips are kept (default in the run)"
    )
    parser.add_argument("--threads", metavar="N", type=int, help="processor threads")


def _train(options: argparse.Namespace) -> int:
    missing = [name for name in ("accelerate", "diffusers", "torch") if find_spec(name) is None]
    if missing:
        raise InputError(f"training needs {', '.join(missing)}: pip install 'anybokeh[model]'")
    from anybokeh.training.config import read_settings

    settings = read_settings(options.settings)
    if options.library is not None:
        settings = replace(settings, data=replace(settings.data, library=options.library))
    import torch

    from anybokeh.training.training_run import run_training, smoke

    if options.threads is not None:
        if options.threads < 1:
            raise InputError(f"threads is {options.threads}: expected 1 or more")
        torch.set_num_threads(options.threads)
    name = Path(options.settings).stem
    if options.smoke:
        settings, name = smoke(settings), f"{name}-smoke"
    folder = options.output or Path("out/train") / name
    with ExitStack() as stack:

        def stage_progress(doing: str) -> Callable[[int, int | None], None]:
            return stack.enter_context(progress(doing))

        model = run_training(
            settings, folder, resume=options.resume, clips=options.clips, progress=stage_progress
        )
    print(f"{model}: trained in {len(settings.stages)} stages", file=sys.stderr)
    return 0
