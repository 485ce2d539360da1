"""`anybokeh synth`: synthetic clips with their exact truth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command
from anybokeh.errors import InputError
from anybokeh.runtime.progress import progress


def add_synth(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "synth", _synth, "Make synthetic clips with exact disparity and lens blur.")
    parser.usage = "anybokeh synth OUT [options]\n       anybokeh synth fetch FOLDER"
    parser.add_argument(
        "output",
        metavar="OUT",
        nargs="+",
        help="folder for the samples; or `fetch FOLDER`, which gathers a small library of free pictures",
    )
    parser.add_argument(
        "--preset", metavar="NAME", default="natural", help="natural, covered or paper (default natural)"
    )
    parser.add_argument("--count", metavar="N", type=int, default=1, help="how many samples (default 1)")
    parser.add_argument("--frames", metavar="N", type=int, default=25, help="frames of each (default 25)")
    parser.add_argument("--size", metavar="WxH", default="512x288", help="of the pictures (default 512x288)")
    parser.add_argument(
        "--library",
        metavar="FOLDER",
        type=Path,
        help="cut-outs and backgrounds (default: made up on the spot)",
    )
    parser.add_argument(
        "--split", choices=("train", "test", "all"), default="all", help="part of the library"
    )
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="decides everything (default 0)")
    parser.add_argument(
        "--degrade", action="store_true", help="noise and compression of a camera on the sharp frames"
    )
    parser.add_argument("--overwrite", action="store_true", help="make existing samples again")


def _synth(options: argparse.Namespace) -> int:
    if options.output[0] == "fetch":
        return _fetch(options.output[1:])
    if len(options.output) > 1:
        raise InputError(f"argument {options.output[1]!r} is one too many: give one output folder")
    from anybokeh.synth.sample_folders import BatchSettings, make_samples

    settings = BatchSettings(
        preset=options.preset,
        count=options.count,
        frames=options.frames,
        size=_size(options.size),
        library=options.library,
        split=options.split,
        seed=options.seed,
        degrade=options.degrade,
        overwrite=options.overwrite,
    )
    with progress("making samples") as on_progress:
        report = make_samples(Path(options.output[0]), settings, progress=on_progress)
    kept = f", {report.kept} were there already" if report.kept else ""
    print(f"{options.output[0]}: {report.written} samples made{kept}", file=sys.stderr)
    return 0


def _fetch(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise InputError(f"fetch has {len(arguments)} folders: give one, `anybokeh synth fetch FOLDER`")
    from anybokeh.synth.fetch import fetch_library

    with progress("gathering pictures") as on_progress:
        report = fetch_library(Path(arguments[0]), progress=on_progress)
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    print(
        f"{arguments[0]}: {report.cutouts} cut-outs and {report.backgrounds} backgrounds; "
        "licences are in manifest.json",
        file=sys.stderr,
    )
    return 0


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise InputError(f"size is {text!r}: expected WIDTHxHEIGHT such as 512x288")
    return int(width), int(height)
