"""`anybokeh depth`: the disparity of a clip as images or a video, for use elsewhere."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command
from anybokeh.runtime.progress import progress
from anybokeh.settings import RenderSettings


def add_depth(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "depth", _depth, "Write the disparity of a clip: white is near.")
    parser.add_argument("input", metavar="INPUT", help="video file or folder of images")
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUTPUT",
        type=Path,
        required=True,
        help="folder for one grey image a frame, or a video file to look at",
    )
    group = parser.add_argument_group("where disparity comes from")
    group.add_argument(
        "--disparity",
        metavar="SOURCE",
        default="auto",
        help="auto, folder or hub id of a depth network, or maps to make steady (default auto)",
    )
    group.add_argument(
        "--depth-size", metavar="PIXELS", type=int, help="shorter side of what a depth network sees"
    )
    group.add_argument("--normalise", action="store_true", help="stretch float maps to [0, 1], once a clip")
    group.add_argument("--depth-map", choices=("near-dark", "metric"), help="the maps hold depth")
    group.add_argument("--steady", choices=("on", "off"), default="on", help="steady the disparity over time")
    group.add_argument("--matte", metavar="MODEL", help="decide hair and fences by a VitMatte model")
    group.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    group = parser.add_argument_group("output")
    group.add_argument(
        "--format", choices=("png", "exr"), default="png", help="16-bit PNG or float EXR (default png)"
    )
    group.add_argument("--preview", metavar="FILE", type=Path, help="also write a grey video")
    group.add_argument("--overwrite", action="store_true", help="replace OUTPUT")


def _depth(options: argparse.Namespace) -> int:
    from anybokeh.refocus.depth import write_depth

    settings = RenderSettings(
        disparity=options.disparity,
        depth_size=options.depth_size,
        normalise=options.normalise,
        depth_map=options.depth_map,
        steady=options.steady == "on",
        matte=options.matte,
        device=options.device,
        overwrite=options.overwrite,
    )
    with progress("finding disparity") as told:
        report = write_depth(
            options.input,
            options.output,
            settings,
            format=options.format,
            preview=options.preview,
            progress=told,
        )
    for note in report.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{options.output}: {report.frames} maps from {report.disparity}", file=sys.stderr)
    return 0
