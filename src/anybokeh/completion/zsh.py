"""Completion in zsh."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from anybokeh.completion.bash import patterns, places
from anybokeh.completion.words import Command

_SCRIPT = """\
#compdef anybokeh
# Completion of anybokeh in zsh.
_anybokeh() {{
    local command= place
    local -a found
    for place in "${{(@)words[2,CURRENT-1]}}"; do
        case "$command $place" in
{places}
        esac
    done
    case "$command $words[CURRENT-1]" in
{values}
    esac
    if [[ $words[CURRENT] == -* ]]; then
        case "$command" in
{flags}
        esac
    else
        case "$command" in
{choices}
        esac
    fi
    if (( $#found )); then
        _describe anybokeh found
    else
        _files
    fi
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _anybokeh "$@"
else
    compdef _anybokeh anybokeh
fi
"""


def zsh_script(commands: list[Command]) -> str:
    """The script: to be evaluated, or kept as `_anybokeh` in a folder of `fpath`."""
    flags = {
        command.path: [(name, flag.help) for flag in command.flags for name in flag.names]
        for command in commands
    }
    choices = {command.path: [(one.word, one.help) for one in command.choices] for command in commands}
    return _SCRIPT.format(
        places=places(commands), values=_values(commands), flags=_found(flags), choices=_found(choices)
    )


def _values(commands: list[Command]) -> str:
    lines = []
    for command in commands:
        for flag in command.flags:
            if flag.takes:
                reply = f"compadd -- {shlex.join(flag.values)}" if flag.values else "_files"
                lines.append(f"        {patterns(command, flag.names)}) {reply}; return ;;")
    return "\n".join(lines)


def _found(table: dict[tuple[str, ...], list[tuple[str, str]]]) -> str:
    return "\n".join(
        f"            {shlex.quote(' '.join(path))}) found=({shlex.join(_described(words))}) ;;"
        for path, words in table.items()
    )


def _described(words: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{word}:{help}" if help else word for word, help in words]
