"""`anybokeh track`: the focus of every frame as a track file that can be edited."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command, list_options, print_notes
from anybokeh.options.command_line import add_options, read_options
from anybokeh.settings import RenderSettings


def add_track(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(
        commands, "track", _track, "Write the focus of every frame as an editable track file.", two_helps=True
    )
    parser.add_argument("input", metavar="INPUT", help="video file or folder of images")
    parser.add_argument(
        "-o", "--output", metavar="OUTPUT", type=Path, required=True, help="track file: .json, .csv or .otio"
    )
    parser.add_argument(
        "--format",
        choices=("json", "csv", "otio"),
        help="keyframes in JSON, a table of frames, or markers of OpenTimelineIO (default by the suffix)",
    )
    add_options(parser, RenderSettings(), "track")
    parser.add_argument(
        "--plot", metavar="FILE", type=Path, help="draw focus, confidence, blur and range as a PNG"
    )
    list_options(parser, "input", "output")


def _track(options: argparse.Namespace) -> int:
    from anybokeh.job.tracking import write_track

    settings = read_options(options, RenderSettings())
    print_notes(
        write_track(options.input, options.output, settings, format=options.format, plot=options.plot)
    )
    print(options.output)
    return 0
