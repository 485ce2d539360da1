"""`anybokeh completion`: what a shell runs to complete commands and options."""

from __future__ import annotations

import argparse
from typing import Any

from anybokeh.commands.common import command

_SHELLS = ("bash", "zsh", "fish")
_HOW = (
    'In ~/.bashrc: eval "$(anybokeh completion bash)"; in ~/.zshrc the same with zsh, after compinit; '
    "for fish: anybokeh completion fish > ~/.config/fish/completions/anybokeh.fish"
)


def add_completion(commands: Any, program: argparse.ArgumentParser) -> None:
    """Add the subcommand to the command line that this parser reads."""
    parser = command(commands, "completion", _print, "Print what a shell runs to complete words.")
    parser.epilog = _HOW
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=", ".join(_SHELLS))
    parser.set_defaults(program=program)


def _print(options: argparse.Namespace) -> int:
    from anybokeh.completion import completion_script

    print(completion_script(options.shell, options.program), end="")
    return 0
