"""`anybokeh models`: list, add, show and verify one-step models."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command
from anybokeh.errors import InputError


def add_models(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser(
        "models", help="Keep one-step models.", description="Keep one-step models.", allow_abbrev=False
    )
    parser.set_defaults(parser=parser)
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    command(actions, "list", _list, "List the models of the library.")
    adding = command(actions, "add", _with_packages(_add), "Build a model of the official release's files.")
    adding.add_argument(
        "source", metavar="FOLDER", type=Path, help="folder with the release's unet and vae, in safetensors"
    )
    adding.add_argument("--name", default="any-to-bokeh", help="name in the library (default any-to-bokeh)")
    adding.add_argument(
        "--base", metavar="FOLDER_OR_HUB_ID", help="Stable Video Diffusion XT (default: fetched from the hub)"
    )
    adding.add_argument("--revision", help="of the base model at the hub")
    for name, run, text in (
        ("show", _show, "Show what a model is."),
        ("verify", _verify, "Compare a model's weights with its networks and look for damage."),
    ):
        about = command(actions, name, _with_packages(run), text)
        about.add_argument("model", metavar="MODEL", help="name in the library, folder or hub id")


def _with_packages(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def checked(options: argparse.Namespace) -> int:
        missing = [need for need in ("torch", "diffusers", "transformers") if find_spec(need) is None]
        if missing:
            raise InputError(f"models need {', '.join(missing)}: pip install 'anybokeh[model]'")
        return run(options)

    return checked


def _list(options: argparse.Namespace) -> int:
    from anybokeh.models.library import library_folder, library_models

    del options
    models = library_models()
    for folder in models:
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{folder.name}\t{size / 1e9:.1f} GB\t{folder}")
    if not models:
        print(f"no models in {library_folder()}; see anybokeh models add --help")
    return 0


def _add(options: argparse.Namespace) -> int:
    from anybokeh.models.checkpoints import build_pipeline
    from anybokeh.models.library import new_model
    from anybokeh.models.pipeline_folder import BASE_MODEL

    folder = new_model(options.name)
    base = options.base or BASE_MODEL
    for report in build_pipeline(options.source, folder, base=base, revision=options.revision):
        print(report)
    print(f"{folder}: use it with --renderer {options.name}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from anybokeh.models.checkpoints import describe_pipeline

    for name, value in describe_pipeline(options.model).items():
        print(f"{name}: {value}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from anybokeh.models.checkpoints import verify_pipeline

    reports = verify_pipeline(options.model)
    for report in reports:
        print(report)
    return 0 if all(report.fits for report in reports) else 2
