"""The options as a table for the docs."""

from __future__ import annotations

from typing import Any

from anybokeh.options.command_line import range_of, usual_of
from anybokeh.options.option import Flag, Leaf, choices, flags

_COMMANDS = ("render", "batch", "track", "depth")


def options_table(defaults: Any) -> str:
    """Markdown: one table a group, one line an option, with default, range and who has it."""
    groups: dict[str, list[str]] = {}
    for flag, own in flags(type(defaults)).items():
        groups.setdefault(flag.group, []).append(_line(flag, own, defaults))
    head = f"| option | what | default | range | {' | '.join(_COMMANDS)} | batch column |\n"
    head += "|---" * (5 + len(_COMMANDS)) + "|\n"
    return "\n".join(
        f"### {group.capitalize()}\n\n{head}" + "".join(lines) for group, lines in groups.items()
    )


def _line(flag: Flag, own: tuple[Leaf, ...], defaults: Any) -> str:
    words = choices(own[0]) if flag.parse is None else None
    value = f" {'|'.join(words)}" if words else f" {flag.metavar}" if flag.metavar else ""
    if flag.parse is None and own[0].types == (bool,) and own[0].default:
        value = " on|off"
    cells = [
        f"`{flag.dashed}{value}`",
        flag.help,
        usual_of(flag, own, defaults) or "–",  # noqa: RUF001
        range_of(flag, own) or "–",  # noqa: RUF001
        *("yes" if command in flag.commands else "" for command in _COMMANDS),
        f"`{flag.name}`" if flag.row else "",
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
