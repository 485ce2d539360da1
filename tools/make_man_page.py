"""Write the manual page of the command line from its parser; a build of the wheel does the same.

    python tools/make_man_page.py > anybokeh.1

It needs nothing but Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import anybokeh
from anybokeh.cli import make_parser


def man_page() -> str:
    """The page, in the language of man(7)."""
    parser, _ = make_parser()
    lines = [
        f'.TH ANYBOKEH 1 "" "anybokeh {anybokeh.__version__}" "User Commands"',
        ".SH NAME",
        f"anybokeh \\- {_text(anybokeh.__doc__ or '')}",
        ".SH SYNOPSIS",
        ".B anybokeh",
        "COMMAND ...",
        *_options(parser),
        ".SH COMMANDS",
        *_commands(parser, ()),
        ".SH EXIT STATUS",
        "0 done; 1 some rows of a batch failed; 2 bad arguments or input; 130 interrupted.",
    ]
    return "\n".join(lines) + "\n"


def _commands(parser: argparse.ArgumentParser, path: tuple[str, ...]) -> Iterator[str]:
    for group in _groups_of_commands(parser):
        for name, sub in group.choices.items():
            own = (*path, name)
            yield f".SS {_text(' '.join(own))}"
            yield _text(sub.description or "")
            yield from _options(sub)
            yield from _commands(sub, own)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction) or action.help == argparse.SUPPRESS:
            continue
        names = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        value = _value(action) if action.option_strings else ""
        yield ".TP"
        yield f"\\fB{_text(names)}\\fR" + (f" \\fI{_text(value)}\\fR" if value else "")
        yield _text((action.help or "").replace("%%", "%"))


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    shown = action.metavar or action.dest.upper()
    return " ".join(shown) if isinstance(shown, tuple) else shown


def _groups_of_commands(parser: argparse.ArgumentParser) -> Iterator[argparse._SubParsersAction]:
    return (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))


def _text(text: str) -> str:
    """Plain text, safe from what man(7) reads as commands."""
    safe = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{safe}" if safe.startswith((".", "'")) else safe


def main() -> None:
    print(man_page(), end="")


if __name__ == "__main__":
    main()
