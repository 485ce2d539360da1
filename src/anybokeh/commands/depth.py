"""`anybokeh depth`: the disparity of a clip as images or a video, for use elsewhere."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command, list_options, print_notes
from anybokeh.options.command_line import add_options, read_options
from anybokeh.runtime.progress import progress_of_steps
from anybokeh.settings import RenderSettings


def add_depth(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(
        commands, "depth", _depth, "Write the disparity of a clip: white is near.", two_helps=True
    )
    parser.add_argument("input", metavar="INPUT", help="video file or folder of images")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUTPUT",
        type=Path,
        required=True,
        help="folder for one grey image a frame, or a video file to look at",
    )
    add_options(parser, RenderSettings(), "depth")
    group = parser.add_argument_group("files")
    group.add_argument(
        "--format", choices=("png", "exr"), default="png", help="16-bit PNG or float EXR (default png)"
    )
    group.add_argument("--preview", metavar="FILE", type=Path, help="also write a grey video")
    list_options(parser, "input", "output")


def _depth(options: argparse.Namespace) -> int:
    from anybokeh.job.depth import write_depth

    settings = read_options(options, RenderSettings())
    with progress_of_steps() as steps:
        report = write_depth(
            options.input,
            options.output,
            settings,
            format=options.format,
            preview=options.preview,
            progress=steps,
        )
    print_notes(report.notes)
    print(f"{options.output}: {report.frames} maps from {report.disparity}", file=sys.stderr)
    return 0
