"""The paths among options."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from anybokeh.options.option import Leaf, leaves
from anybokeh.options.path_rule import Exists

Settings = TypeVar("Settings")


def paths_of(settings: Any) -> Iterator[str]:
    """Every path or URL that settings name; not all need to exist."""
    for _, path in _found(settings, os.path.exists):
        yield path


def with_paths(
    settings: Settings, change: Callable[[str], str | Path], exists: Exists = os.path.exists
) -> Settings:
    """Settings with every path and URL changed.

    exists: whether a path is there, which tells it from the name of a model.
    """
    for leaf, path in list(_found(settings, exists)):
        assert leaf.rule.path is not None
        settings = _replaced(settings, leaf.owners, leaf.name, leaf.rule.path.replaced(change(path)))
    return settings


def _found(settings: Any, exists: Exists) -> Iterator[tuple[Leaf, str]]:
    for leaf in leaves(type(settings)):
        if leaf.rule.path is not None:
            path = leaf.rule.path.path_in(leaf.value(settings), exists)
            if path is not None:
                yield leaf, path


def _replaced(settings: Any, owners: tuple[str, ...], name: str, value: Any) -> Any:
    if owners:
        value = _replaced(getattr(settings, owners[0]), owners[1:], name, value)
        name = owners[0]
    return dataclasses.replace(settings, **{name: value})
