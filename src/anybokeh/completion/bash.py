"""Completion in bash."""

from __future__ import annotations

import shlex

from anybokeh.completion.words import Command

_SCRIPT = """\
# Completion of anybokeh in bash.
_anybokeh() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= words= place
    for place in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$command $place" in
{places}
        esac
    done
    COMPREPLY=()
    case "$command $before" in
{values}
    esac
    case "$command" in
{words}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _anybokeh anybokeh
"""


def bash_script(commands: list[Command]) -> str:
    """The script: files are completed where nothing else fits."""
    return _SCRIPT.format(places=places(commands), values=_values(commands), words=_words(commands))


def places(commands: list[Command]) -> str:
    """Branches that go from a command to the one that a further word names; for zsh, too."""
    return "\n".join(
        f"            {shlex.quote(' '.join(one.path[:-1]) + ' ' + one.path[-1])})"
        f" command={shlex.quote(' '.join(one.path))} ;;"
        for one in commands
        if one.path
    )


def patterns(command: Command, names: tuple[str, ...]) -> str:
    """Of a branch: these words behind a command."""
    return "|".join(shlex.quote(f"{' '.join(command.path)} {name}") for name in names)


def _values(commands: list[Command]) -> str:
    lines = []
    for command in commands:
        for flag in command.flags:
            if flag.takes:
                words = shlex.quote(" ".join(flag.values))
                reply = f'COMPREPLY=($(compgen -W {words} -- "$word")); ' if flag.values else ""
                lines.append(f"        {patterns(command, flag.names)}) {reply}return ;;")
    return "\n".join(lines)


def _words(commands: list[Command]) -> str:
    lines = []
    for command in commands:
        flags = " ".join(name for flag in command.flags for name in flag.names)
        words = " ".join(choice.word for choice in command.choices)
        # a flag is offered once its dash is there
        choose = f"[[ $word == -* ]] && words={shlex.quote(flags)} || words={shlex.quote(words)}"
        lines.append(f"        {shlex.quote(' '.join(command.path))}) {choose} ;;")
    return "\n".join(lines)
