"""`anybokeh demo`: refocus the bundled clip and compare it with the truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anybokeh.commands.common import command
from anybokeh.runtime.progress import progress_of_steps


def add_demo(commands: Any) -> None:
    """Add the subcommand to the command line."""
    parser = command(commands, "demo", _demo, "Refocus the bundled clip and compare it with the truth.")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        type=Path,
        default=Path("out/demo"),
        help="where the results go (default out/demo)",
    )


def _demo(options: argparse.Namespace) -> int:
    from anybokeh.demo import run_demo

    with progress_of_steps() as steps:
        files = run_demo(options.output, progress=steps)
    print(f"refocused clip:       {files.clip}")
    print(f"side by side, moving: {files.side_by_side}")
    print(f"side by side, still:  {files.picture}")
    print(f"PSNR against the truth: {files.psnr:.1f} dB (the input itself: {files.psnr_of_input:.1f} dB)")
    return 0
