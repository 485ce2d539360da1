"""Frozen dataclasses from YAML: every key is known and of the right type."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from anybokeh.errors import InputError

Settings = TypeVar("Settings")


def build(kind: type[Settings], values: Any, where: str) -> Settings:
    """A dataclass from a mapping.

    Args:
        kind: the dataclass; nested ones are built too.
        values: of its fields; what is not there keeps its default.
        where: names the place in errors.

    Raises:
        InputError: a key is unknown or missing, a value has another type, or the dataclass refuses it.
    """
    if not isinstance(values, Mapping):
        raise InputError(f"{where}: is {values!r}; expected keys and values")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(known)}"
            raise InputError(f"{where}: {key} is unknown; {hint}")
    hints = get_type_hints(kind)
    built = {key: _value(hints[key], value, f"{where}: {key}") for key, value in values.items()}
    for name, field in known.items():
        if name not in built and field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"{where}: {name} is missing")
    try:
        return kind(**built)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return build(kind, value, where)  # type: ignore[arg-type]
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        return _value(next(one for one in inner if one is not type(None)), value, where)
    if origin is tuple and isinstance(value, list):
        if inner[-1] is Ellipsis:
            return tuple(_value(inner[0], one, f"{where}[{i}]") for i, one in enumerate(value))
        if len(value) == len(inner):
            return tuple(_value(one, part, where) for one, part in zip(inner, value, strict=True))
    if (origin is dict or kind is dict) and isinstance(value, dict):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(kind, type) and isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    name = getattr(kind, "__name__", None) if not inner else str(kind)
    raise InputError(f"{where} is {value!r}; expected {name}")
