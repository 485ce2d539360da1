"""What an option is: a field of a settings dataclass, with all that is told of it to anybody."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from anybokeh.errors import InputError
from anybokeh.options.path_rule import PathRule

RENDERING = ("render", "batch")
FINDING = ("render", "batch", "track", "depth")
"""Commands: those that render, and all that analyse a clip."""

Studio = Literal["hidden", "track", "own", "panel", "render"]

ChangePath = Callable[[PathRule, Any], Any]
"""What a value that may hold a path becomes before it is used."""


@dataclass(frozen=True)
class Flag:
    """An option as users see it. Most stand for one field; `parse` and `text` make one of several fields.

    Attributes:
        name: in snake case, as in Python, in batch columns and in files; the flag has dashes.
        help: one clause, without the default.
        group: heading under which it is listed.
        metavar: what stands for its value; needed unless it is a switch or a choice.
        usual: what the default means, where the value itself does not say it.
        sensible: what most people give.
        everyday: whether most people need it, so that a short help lists it.
        commands: those that have it.
        row: whether a row of a batch may set it for itself.
        studio: `hidden`; `track`, where it is part of the keyframes; `own`, where the page has a control made
            for it; `panel`, where the page shows one made from this table; `render`, where it is chosen with
            every render.
        identity: whether frames depend on it, so that a resumed render must have the same.
        parse: fields by name from the text of a composite; raises InputError.
        text: the inverse, from the values of all its fields.
        expand: of a name that stands for many fields, also of other options: their values, told what paths
            become before they are used; None is the default of all of them. Options given beside it win.
    """

    name: str
    help: str
    group: str
    metavar: str | None = None
    usual: str | None = None
    sensible: str = ""
    everyday: bool = False
    commands: tuple[str, ...] = RENDERING
    row: bool = True
    studio: Studio = "hidden"
    identity: bool = True
    parse: Callable[[str], dict[str, Any]] | None = None
    text: Callable[[Mapping[str, Any]], str] | None = None
    expand: Callable[[Any, ChangePath | None], dict[str, Any]] | None = None

    @property
    def dashed(self) -> str:
        """As it is typed: `--focus-range`."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True)
class Rule:
    """What a field may hold. label: its name in messages. low, high: of a number. hint: on the range."""

    flag: Flag
    label: str
    low: float | None = None
    high: float | None = None
    hint: str = ""
    path: PathRule | None = None


def option(
    default: Any,
    flag: Flag,
    *,
    label: str | None = None,
    low: float | None = None,
    high: float | None = None,
    hint: str = "",
    path: PathRule | None = None,
) -> Any:
    """A dataclass field that is an option; see `Flag` and `Rule`."""
    rule = Rule(flag, label or flag.name.replace("_", " "), low, high, hint, path)
    return dataclasses.field(default=default, metadata={"option": rule})


@dataclass(frozen=True)
class Leaf:
    """A field of settings or of settings within them.

    Attributes:
        owners: names of the fields that lead to it, outermost first.
        name: of the field.
        rule: what it may hold.
        default: its value where nothing is said.
        types: what its annotation allows, without None.
    """

    owners: tuple[str, ...]
    name: str
    rule: Rule
    default: Any
    types: tuple[Any, ...]

    def value(self, settings: Any) -> Any:
        """What settings hold in it."""
        for owner in self.owners:
            settings = getattr(settings, owner)
        return getattr(settings, self.name)


@cache
def leaves(kind: type) -> tuple[Leaf, ...]:
    """All options of a settings dataclass and of those within it, in order."""
    hints = typing.get_type_hints(kind)
    found: list[Leaf] = []
    for field in dataclasses.fields(kind):
        rule = field.metadata.get("option")
        if rule is not None:
            found.append(Leaf((), field.name, rule, field.default, _types(hints[field.name])))
        elif dataclasses.is_dataclass(field.default):
            found += [
                dataclasses.replace(leaf, owners=(field.name, *leaf.owners))
                for leaf in leaves(type(field.default))
            ]
    return tuple(found)


@cache
def flags(kind: type) -> dict[Flag, tuple[Leaf, ...]]:
    """The options of a settings dataclass as users see them, each with its fields, in order."""
    found: dict[Flag, tuple[Leaf, ...]] = {}
    for leaf in leaves(kind):
        found[leaf.rule.flag] = (*found.get(leaf.rule.flag, ()), leaf)
    return found


def _types(hint: Any) -> tuple[Any, ...]:
    parts = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    return tuple(part for part in parts if part is not type(None))


def choices(leaf: Leaf) -> tuple[str, ...] | None:
    """The words that a field may hold, where it may hold only some."""
    words = [word for part in leaf.types for word in typing.get_args(part)]
    return tuple(words) if words else None


def is_number(leaf: Leaf) -> bool:
    """Whether a field holds a number and no text."""
    return set(leaf.types) <= {int, float}


def is_path(leaf: Leaf) -> bool:
    """Whether a field may hold a path."""
    return leaf.rule.path is not None or Path in leaf.types


def check(settings: Any) -> None:
    """Raise InputError where a field of these settings, not of those within them, is out of its range."""
    for leaf in leaves(type(settings)):
        if leaf.owners:
            continue
        value, rule = getattr(settings, leaf.name), leaf.rule
        words = choices(leaf)
        if value is None:
            continue
        if words and value not in words:
            raise InputError(f"{rule.label} is {value!r}: expected {' or '.join(words)}")
        if is_number(leaf) and rule.low is not None:
            _check_range(rule, value)


def _check_range(rule: Rule, value: Any) -> None:
    low, high = rule.low, math.inf if rule.high is None else rule.high
    assert low is not None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{rule.label} is {value!r:.40}: expected a number")
    if not (math.isfinite(value) and low <= value <= high):
        expected = f"{low:g} to {high:g}" if math.isfinite(high) else f"{low:g} or more"
        raise InputError(
            f"{rule.label} is {value:g}: expected {expected}{f' ({rule.hint})' if rule.hint else ''}"
        )
