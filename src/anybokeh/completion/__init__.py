"""Completion scripts for shells, written from a parser of argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from anybokeh.completion.bash import bash_script
from anybokeh.completion.fish import fish_script
from anybokeh.completion.words import Command, commands_of
from anybokeh.completion.zsh import zsh_script

__all__ = ["SHELLS", "completion_script"]

SHELLS: dict[str, Callable[[list[Command]], str]] = {
    "bash": bash_script,
    "zsh": zsh_script,
    "fish": fish_script,
}
"""What writes the script of each shell."""


def completion_script(shell: str, parser: argparse.ArgumentParser) -> str:
    """What that shell is to run so that it completes `anybokeh`; it starts no Python."""
    return SHELLS[shell](commands_of(parser))
