"""What subcommands share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any


def command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
    left: Callable[[argparse.Namespace], str] = lambda options: "nothing unfinished was left",
) -> Any:
    """Add a subcommand that `run` carries out and return its parser.

    left: says what an interrupted command leaves on the disk.
    """
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(run=run, parser=parser, left=left)
    return parser


def print_notes(notes: Iterable[str]) -> None:
    """Remarks for the user, a line each on standard error."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
