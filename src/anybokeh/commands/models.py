"""`anybokeh models`: list, fetch, add, show and verify models."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anybokeh.commands.common import command
from anybokeh.errors import InputError

if TYPE_CHECKING:
    from anybokeh.storage.pinned import PinnedFile

_NETWORKS = {
    "subject": ("SUBJECT_NETWORK", "FACE_NETWORK"),
    "faces": ("FACE_NETWORK",),
    "depth": ("DEPTH_SMALL",),
}
"""What `get` takes, and names of `storage.pinned`, which is imported where it is used."""


def add_models(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "models", _list, "Keep models; without an action, list them.")
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    command(actions, "list", _list, "List the models of the library, and where small networks are.")
    getting = command(
        actions,
        "get",
        _get,
        "Fetch small networks ahead of their first use.",
        lambda options: "what has arrived is kept, and the same command goes on from there",
    )
    getting.add_argument(
        "what", metavar="WHAT", choices=[*_NETWORKS, "all"], help="subject (and faces), faces, depth or all"
    )
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
    from anybokeh.storage import pinned

    del options
    models = library_models()
    for folder in models:
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{folder.name}\t{size / 1e9:.1f} GB\t{folder}")
    if not models:
        print(f"no models in {library_folder()}; see anybokeh models add --help")
    for file, what in _files(_NETWORKS).items():
        place = pinned.find(file)
        print(f"{file.title}\t{pinned.describe(file)}\t{place or f'not here; anybokeh models get {what}'}")
    return 0


def _files(names: Iterable[str]) -> dict[PinnedFile, str]:
    """Files of networks, each with the first of the names that stands for it."""
    from anybokeh.storage import pinned

    files: dict[PinnedFile, str] = {}
    for name in names:
        for file in _NETWORKS[name]:
            files.setdefault(getattr(pinned, file), name)
    return files


def _get(options: argparse.Namespace) -> int:
    from anybokeh.storage.pinned import fetch

    for file in _files(_NETWORKS if options.what == "all" else [options.what]):
        print(f"{file.title}: {fetch(file)}")
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
