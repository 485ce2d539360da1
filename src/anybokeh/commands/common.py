"""What subcommands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> Any:
    """Add a subcommand that `run` carries out and return its parser."""
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(run=run, parser=parser)
    return parser
