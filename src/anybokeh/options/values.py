"""Options as values: of batch rows, of the studio's files and page, and for reports."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from anybokeh.errors import InputError
from anybokeh.options.option import ChangePath, Flag, Leaf, choices, flags, is_number

Settings = TypeVar("Settings")

_ON, _OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")


def with_values(
    settings: Settings, values: Mapping[str, Any], change_path: ChangePath | None = None
) -> Settings:
    """Settings with options by name replaced, from texts as the command line takes them or from JSON values.

    Args:
        settings: to start from.
        values: by the names of options.
        change_path: what values that may hold a path become before they are used.

    Raises:
        InputError: there is no such option, or a value cannot be read or is out of range.
    """
    named = {flag.name: (flag, own) for flag, own in flags(type(settings)).items()}
    strange = next((name for name in values if name not in named), None)
    if strange is not None:
        near = get_close_matches(str(strange), named, 1)
        hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(named)}"
        raise InputError(f"{strange!r:.40} is unknown; {hint}")
    changes: dict[tuple[str, ...], dict[str, Any]] = {}
    # In the table's order a name that stands for many comes before them: what is given beside it wins.
    for name, (flag, own) in named.items():
        if name in values:
            owners = own[0].owners
            changes.setdefault(owners, {}).update(_fields(flag, own, values[name], change_path))
    for owners, fields in sorted(changes.items(), reverse=True):
        settings = _replaced(settings, owners, fields)
    return settings


def _replaced(settings: Any, owners: tuple[str, ...], fields: dict[str, Any]) -> Any:
    if owners:
        fields = {owners[0]: _replaced(getattr(settings, owners[0]), owners[1:], fields)}
    return dataclasses.replace(settings, **fields)


def _fields(flag: Flag, own: tuple[Leaf, ...], value: Any, change_path: ChangePath | None) -> dict[str, Any]:
    if flag.expand is not None:
        return flag.expand(_read(flag, own[0], value), change_path)
    if flag.parse is None:
        fields = {own[0].name: _read(flag, own[0], value)}
    elif value is None:
        fields = {leaf.name: leaf.default for leaf in own}
    elif isinstance(value, str):
        fields = flag.parse(value)
    else:
        raise InputError(f"{flag.name} is {value!r:.40}: expected a text")
    for leaf in own:
        if change_path is not None and leaf.rule.path is not None and leaf.name in fields:
            fields[leaf.name] = change_path(leaf.rule.path, fields[leaf.name])
    return fields


def _read(flag: Flag, leaf: Leaf, value: Any) -> Any:
    if value is None:
        return leaf.default
    words = choices(leaf)
    if leaf.types == (bool,):
        word = str(value).strip().lower()
        if word not in (*_ON, *_OFF):
            raise InputError(f"{flag.name} is {value!r:.40}: expected on or off")
        return word in _ON
    if is_number(leaf):
        return _number(flag, value, int in leaf.types)
    if isinstance(value, (bool, dict, list)):
        raise InputError(f"{flag.name} is {value!r:.40}: expected a text")
    if words and value not in words:
        raise InputError(f"{flag.name} is {value!r:.40}: expected {' or '.join(words)}")
    return value if isinstance(value, (str, Path)) or not _is_text(leaf) else str(value)


def _is_text(leaf: Leaf) -> bool:
    return leaf.types[0] is str


def _number(flag: Flag, value: Any, whole: bool) -> int | float:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
        if whole and number != int(number):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        expected = "a whole number" if whole else "a number"
        raise InputError(f"{flag.name} is {value!r:.40}: expected {expected}") from None
    return int(number) if whole else number


def values_of(settings: Any, names: Iterable[str] | None = None) -> dict[str, Any]:
    """What `with_values` reads back, by name, as JSON knows it; of all options or of some."""
    wanted = None if names is None else set(names)
    return {
        flag.name: value_of(flag, own, settings)
        for flag, own in flags(type(settings)).items()
        if wanted is None or flag.name in wanted
    }


def value_of(flag: Flag, own: tuple[Leaf, ...], settings: Any) -> Any:
    """The value of one option as JSON knows it."""
    if flag.text is not None:
        return flag.text({leaf.name: leaf.value(settings) for leaf in own})
    value = own[0].value(settings)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
