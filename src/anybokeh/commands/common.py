"""What subcommands share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any

from anybokeh.options.command_line import option_name
from anybokeh.options.option import flags
from anybokeh.settings import RenderSettings


def command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
    left: Callable[[argparse.Namespace], str] = lambda options: "nothing unfinished was left",
    *,
    two_helps: bool = False,
) -> Any:
    """Add a subcommand that `run` carries out and return its parser.

    left: says what an interrupted command leaves on the disk. two_helps: it will have a short help and a long
    one, by `list_options`.
    """
    parser = commands.add_parser(
        name, help=text, description=text, allow_abbrev=False, add_help=not two_helps
    )
    parser.set_defaults(run=run, parser=parser, left=left)
    return parser


def list_options(parser: Any, *few: str) -> None:
    """Let the short help of a command list the options that most people need, and these arguments."""
    parser.list_few((*few, *(option_name(flag) for flag in flags(RenderSettings) if flag.everyday)))


def print_notes(notes: Iterable[str]) -> None:
    """Remarks for the user, a line each on standard error."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
