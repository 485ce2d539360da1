"""Options as flags: what argparse is given, what it found, and the words that mean the same settings."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, TypeVar

from anybokeh.options.option import Flag, Leaf, choices, flags, is_number
from anybokeh.options.values import value_of, with_values

Settings = TypeVar("Settings")

_PREFIX = "option_"


def add_options(parser: Any, defaults: Any, command: str) -> None:
    """Add the options that a command has, by their groups.

    Args:
        parser: of argparse.
        defaults: settings whose values the help names.
        command: name of the command.
    """
    groups: dict[str, Any] = {}
    for flag, own in flags(type(defaults)).items():
        if command not in flag.commands:
            continue
        if flag.group not in groups:
            groups[flag.group] = parser.add_argument_group(flag.group)
        groups[flag.group].add_argument(
            flag.dashed,
            dest=option_name(flag),
            default=None,
            help=_help(flag, own, defaults),
            **_kind(flag, own),
        )


def option_name(flag: Flag) -> str:
    """What argparse calls the value of an option."""
    return _PREFIX + flag.name


def _kind(flag: Flag, own: tuple[Leaf, ...]) -> dict[str, Any]:
    leaf = own[0]
    words = choices(leaf)
    if flag.parse is None and leaf.types == (bool,):
        return {"choices": ("on", "off")} if leaf.default else {"action": "store_true"}
    if flag.parse is None and words:
        return {"choices": words}
    if flag.parse is None and is_number(leaf):
        return {"metavar": flag.metavar, "type": int if int in leaf.types else float}
    return {"metavar": flag.metavar}


def _help(flag: Flag, own: tuple[Leaf, ...], defaults: Any) -> str:
    usual = usual_of(flag, own, defaults) or ("off" if own[0].types == (bool,) else "none")
    ranges = range_of(flag, own)
    return f"{flag.help} (default {usual}){f' [{ranges}]' if ranges else ''}".replace("%", "%%")


def range_of(flag: Flag, own: tuple[Leaf, ...]) -> str:
    """What an option may be and what is sensible, in words; empty where nothing needs to be said."""
    limits = "; ".join(filter(None, (_limits(leaf, len(own) > 1) for leaf in own)))
    return ", ".join(filter(None, (limits, flag.sensible)))


def _limits(leaf: Leaf, named: bool) -> str:
    low, high = leaf.rule.low, leaf.rule.high
    if low is None:
        return ""
    name = f"{leaf.rule.label} " if named else ""
    return name + (f"{low:g} or more" if high is None else f"{low:g} to {high:g}")


def usual_of(flag: Flag, own: tuple[Leaf, ...], defaults: Any) -> str | None:
    """What an option is where nothing is said, in words; None where that is nothing."""
    if flag.usual is not None:
        return flag.usual
    return _text(own, value_of(flag, own, defaults)) or None


def _text(own: tuple[Leaf, ...], value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("on" if value else "off") if own[0].default else ""
    short = f"{value:g}" if isinstance(value, float) else str(value)
    return short if not isinstance(value, float) or float(short) == value else repr(value)


def read_options(options: argparse.Namespace, defaults: Settings) -> Settings:
    """The settings that the flags of a command mean; raises InputError."""
    given = {
        name.removeprefix(_PREFIX): value
        for name, value in vars(options).items()
        if name.startswith(_PREFIX) and value is not None
    }
    return with_values(defaults, given)


def words_of(settings: Any, names: Iterable[str]) -> list[str]:
    """The words of a command line that give these options their values; those at their default need none."""
    wanted, words = set(names), []
    defaults = type(settings)()
    for flag, own in flags(type(settings)).items():
        value = value_of(flag, own, settings)
        if flag.name in wanted and value != value_of(flag, own, defaults):
            words.append(flag.dashed)
            if not (isinstance(value, bool) and not own[0].default):
                words.append(_text(own, value))
            if flag.expand is not None:
                defaults = with_values(defaults, {flag.name: value})
    return words
