"""What can follow each command of a parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """A word and what it means."""

    word: str
    help: str = ""


@dataclass(frozen=True)
class Flag:
    """An option.

    names: such as `-o` and `--output`. takes: whether a value follows it. values: what that may be; empty for
    anything, such as a path.
    """

    names: tuple[str, ...]
    help: str
    takes: bool
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A command, by the words that lead to it: none for the program, ("models", "get") for an action.

    choices: words that may follow: further commands, or what an argument may be. flags: its options.
    """

    path: tuple[str, ...]
    choices: tuple[Choice, ...]
    flags: tuple[Flag, ...]


def commands_of(parser: argparse.ArgumentParser) -> list[Command]:
    """Every command of a parser, the program itself first."""
    return list(_commands(parser, ()))


def _commands(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> Iterator[Command]:
    choices: list[Choice] = []
    flags: list[Flag] = []
    further: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            further |= action.choices
            choices += [Choice(one.dest, _plain(one.help)) for one in action._get_subactions()]
        elif action.option_strings:
            values = tuple(map(str, action.choices or ()))
            flags.append(Flag(tuple(action.option_strings), _plain(action.help), action.nargs != 0, values))
        else:
            choices += [Choice(str(one)) for one in action.choices or ()]
    yield Command(path, tuple(choices), tuple(flags))
    for name, sub in further.items():
        yield from _commands(sub, (*path, name))


def _plain(help: str | None) -> str:
    """The first part of a help text, in one line that every shell can quote."""
    text = " ".join((help or "").replace("%%", "%").split()).partition(" (default")[0]
    return text if len(text) <= 80 else text[:79].rstrip() + "…"
