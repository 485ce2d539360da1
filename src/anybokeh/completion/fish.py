"""Completion in fish."""

from __future__ import annotations

from collections.abc import Iterator

from anybokeh.completion.words import Command, Flag


def fish_script(commands: list[Command]) -> str:
    """The script: one line for each word and option."""
    return "# Completion of anybokeh in fish.\n" + "\n".join(_lines(commands)) + "\n"


def _lines(commands: list[Command]) -> Iterator[str]:
    for command in commands:
        here = _here(command)
        words = " ".join(choice.word for choice in command.choices)
        # one of them is enough
        undecided = f"{here}; and not __fish_seen_subcommand_from {words}" if command.path else here
        for choice in command.choices:
            yield f"{_when(undecided)} -f -a {_quoted(choice.word)}{_told(choice.help)}"
        for flag in command.flags:
            yield f"{_when(here)}{_names(flag)}{_value(flag)}{_told(flag.help)}"


def _when(condition: str) -> str:
    return f"complete -c anybokeh -n {_quoted(condition)}"


def _here(command: Command) -> str:
    """Whether the words so far lead to a command."""
    if not command.path:
        return "__fish_use_subcommand"
    return "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.path)


def _names(flag: Flag) -> str:
    return "".join(
        f" -l {name.removeprefix('--')}" if name.startswith("--") else f" -s {name.removeprefix('-')}"
        for name in flag.names
    )


def _value(flag: Flag) -> str:
    if not flag.takes:
        return ""
    return f" -x -a {_quoted(' '.join(flag.values))}" if flag.values else " -r -F"


def _told(help: str) -> str:
    return f" -d {_quoted(help)}" if help else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
