"""How arguments are read, what is said of wrong ones, and two lengths of help."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, and which name is nearest.

    few: what `--help` lists, by the names of the results; None for everything.
    """

    few: frozenset[str] | None = None

    def error(self, message: str) -> NoReturn:
        """End with one line."""
        self.exit(2, f"{self.prog}: {' '.join(message.splitlines())} (see {self.prog} --help)\n")

    def refuse(self, unknown: str) -> NoReturn:
        """End over an argument that nobody knows."""
        name = unknown.split("=")[0]
        meant = nearest(name, self._option_string_actions) if name.startswith("-") else None
        self.error(f"unknown argument {unknown!r}" + (f"; did you mean {meant}?" if meant else ""))

    def list_few(self, few: Iterable[str]) -> None:
        """Let `--help` list these and the rest be found by `--help-all`; to be called at the end."""
        group = self.add_argument_group("help")
        group.add_argument("-h", "--help", action="help", help="list what most people need")
        group.add_argument("--help-all", action=_HelpAll, nargs=0, help="list every option")
        self.few = frozenset({*few, "help", "help_all"})

    def format_help(self) -> str:
        """The help, of all or of few."""
        if self.few is None:
            return super().format_help()
        self.formatter_class = _formatter(self.few)
        return super().format_help()


class _HelpAll(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        assert isinstance(parser, Parser)
        parser.few = None
        parser.formatter_class = argparse.HelpFormatter
        parser.print_help()
        parser.exit()


def _formatter(few: frozenset[str]) -> type[argparse.HelpFormatter]:
    class Few(argparse.HelpFormatter):
        def add_usage(self, usage: Any, actions: Iterable[Any], groups: Any, prefix: Any = None) -> None:
            super().add_usage(usage, [one for one in actions if one.dest in few], groups, prefix)

        def add_argument(self, action: argparse.Action) -> None:
            if action.dest in few:
                super().add_argument(action)

    return Few


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of these names that was likely meant."""
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), list(known), 1, 0.7)
    return found[0] if found else None
