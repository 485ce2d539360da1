"""`anybokeh studio`: refocus clips by clicking, on a local web page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command


def add_studio(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "studio", _studio, "Refocus clips by clicking, on a local web page.")
    parser.add_argument("clips", metavar="CLIP", nargs="*", type=Path, help="clips to open at once")
    parser.add_argument(
        "--disparity", metavar="SOURCE", default="auto", help="of these clips, as for render (default auto)"
    )
    group = parser.add_argument_group("files")
    group.add_argument(
        "--folder",
        metavar="FOLDER",
        type=Path,
        action="append",
        default=[],
        help="folder whose clips can be chosen in the page; may be given several times",
    )
    group.add_argument(
        "--projects",
        metavar="FOLDER",
        type=Path,
        default=Path("~/anybokeh-studio"),
        help="where projects, uploads and results go (default ~/anybokeh-studio)",
    )
    group.add_argument(
        "--upload-mb", metavar="MB", type=int, default=4096, help="largest upload (default 4096)"
    )
    group = parser.add_argument_group("address")
    group.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="listen there too for other machines; they need the token that is shown (default 127.0.0.1)",
    )
    group.add_argument(
        "--port", metavar="N", type=int, default=7860, help="0 takes a free one (default 7860)"
    )
    group.add_argument("--browser", action="store_true", help="open the page in the browser")


def _studio(options: argparse.Namespace) -> int:
    from anybokeh.studio.server import run_studio
    from anybokeh.studio.studio_settings import StudioSettings

    settings = StudioSettings(
        clips=tuple(options.clips),
        folders=tuple(options.folder),
        projects=options.projects,
        host=options.host,
        port=options.port,
        disparity=options.disparity,
        upload_mb=options.upload_mb,
    )

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)
        if options.browser and line.startswith("studio: "):
            import webbrowser

            webbrowser.open(line.removeprefix("studio: "))

    run_studio(settings, say)
    return 0
