"""`anybokeh render`: refocus a clip."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from anybokeh.commands.cluster import add_cluster_options, cluster_of
from anybokeh.commands.common import command, list_options, print_notes
from anybokeh.commands.profile import profile_table
from anybokeh.options.command_line import add_options, read_options
from anybokeh.options.values import values_of
from anybokeh.runtime.log import Log
from anybokeh.runtime.progress import progress_of_steps
from anybokeh.settings import RenderSettings

if TYPE_CHECKING:
    from anybokeh.job.refocus import RenderReport
    from anybokeh.runtime.stages import StageTime


def add_render(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "render", _render, "Refocus a clip.", _left, two_helps=True)
    parser.add_argument(
        "input",
        metavar="INPUT",
        help="video file, folder of images, or an official CSV list; by path or URL (s3://, gs://)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUTPUT",
        help="video file or folder for images (default clip.bokeh.mp4 beside clip.mp4, over nothing)",
    )
    add_options(parser, RenderSettings(), "render")
    group = parser.add_argument_group("reports")
    group.add_argument("--log", metavar="FILE", type=Path, help="append events there as JSON lines")
    group.add_argument("--json", action="store_true", help="print one line of JSON on standard output")
    group.add_argument(
        "--profile",
        action="store_true",
        help="print where the time of this process went on standard error, and add it to the JSON",
    )
    add_cluster_options(parser)
    list_options(parser, "input", "output")


def _left(options: argparse.Namespace) -> str:
    from anybokeh.segments.work_folder import folder_of

    if options.output is None:
        return "nothing was begun"
    output = Path(options.output)
    begun = folder_of(output).is_dir() or any(output.glob(".*.anybokeh"))
    return "--resume goes on from here" if begun else "nothing unfinished was left"


def _render(options: argparse.Namespace) -> int:
    from anybokeh.job.default_output import default_output
    from anybokeh.job.official_jobs import official_jobs
    from anybokeh.job.refocus import render_clip
    from anybokeh.runtime.stages import recorded

    settings = read_options(options, RenderSettings())
    if options.output is None:
        options.output = str(default_output(options.input, settings))
    out = sys.stdout
    with Log(options.log) as log, cluster_of(options) as cluster:
        for source, output, own in official_jobs(options.input, options.output, settings):
            with progress_of_steps() as steps, recorded() if options.profile else nullcontext() as stages:
                report = render_clip(source, output, settings=own, progress=steps, log=log, cluster=cluster)
            print_notes(note for note in report.notes if note not in steps.said)
            profile = None if stages is None else stages.times()
            _report(report, own, profile, out if options.json else None)
    return 0


def _report(
    report: RenderReport,
    settings: RenderSettings,
    profile: Sequence[StageTime] | None,
    json_to: TextIO | None,
) -> None:
    if profile is not None:
        print(profile_table(profile, report.frames - report.resumed), file=sys.stderr)
    if json_to is not None:
        measured = {} if profile is None else {"profile": [asdict(one) for one in profile]}
        print(json.dumps({**asdict(report), **measured, "options": values_of(settings)}), file=json_to)
    else:
        speed = f", {report.frames_per_second:.1f} frames a second" if report.seconds else ""
        print(f"{report.output}: {report.frames} frames{speed}", file=sys.stderr)
