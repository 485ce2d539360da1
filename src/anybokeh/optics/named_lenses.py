"""Lenses by name: those of `lenses.yaml`, which come with the program, and those of files like it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from anybokeh.errors import InputError
from anybokeh.optics.lens import OF_THE_CLIP, Lens
from anybokeh.options import PathRule, is_url
from anybokeh.options.option import ChangePath, flags
from anybokeh.options.values import with_values
from anybokeh.options.yaml_files import read_yaml

BUNDLED = Path(__file__).with_name("lenses.yaml")
_FILE = re.compile(r"(.*\.ya?ml)(?::(.*))?", re.IGNORECASE | re.DOTALL)
OPTIONS = tuple(
    flag.name
    for flag, own in flags(Lens).items()
    if flag.expand is None and not any(leaf.name in OF_THE_CLIP for leaf in own)
)
"""What a lens may say."""


def named_lens(name: str, change_path: ChangePath | None = None) -> Lens:
    """The lens that a name stands for.

    Args:
        name: of a lens of `lenses.yaml`, with spaces, dashes or underscores between words, or
            `FILE.yaml:NAME`; `FILE.yaml` alone where it holds one lens.
        change_path: what the file's path, and paths within it, become before they are used.

    Raises:
        InputError: there is no such lens, or what its file says of it is wrong.
    """
    in_file = _FILE.fullmatch(name)
    if in_file is None:
        return _bundled(_chosen(bundled_lenses(), name, "the lenses that come with anybokeh"))
    text, own = in_file[1], in_file[2]
    path = text if change_path is None else str(change_path(PathRule(), text))
    if is_url(path):
        raise InputError(f"lens file {path} lies in a store: copy it here first")
    lenses = _lenses_of(Path(path))
    if not own and len(lenses) != 1:
        raise InputError(f"lens is {name!r:.200}: expected {text}:NAME with one of {', '.join(lenses)}")
    chosen = _chosen(lenses, own, text) if own else next(iter(lenses))

    def from_file(rule: PathRule, value: Any) -> Any:
        within = rule.path_in(value)
        if within is None:
            return value
        seen = within if is_url(within) else str(Path(path).parent / within)
        return rule.replaced(seen) if change_path is None else change_path(rule, seen)

    return _made(lenses[chosen], f"{path}:{chosen}", from_file)


@cache
def bundled_lenses() -> dict[str, dict[str, Any]]:
    """The values of the lenses that come with the program, by name."""
    return _lenses_of(BUNDLED)


@cache
def _bundled(name: str) -> Lens:
    return _made(bundled_lenses()[name], name, None)


def _lenses_of(path: Path) -> dict[str, dict[str, Any]]:
    lenses = read_yaml(path)
    if not isinstance(lenses, dict) or not lenses:
        raise InputError(f"{path}: holds no lenses; expected names, each with options such as cats_eye: 0.5")
    for name, values in lenses.items():
        if not isinstance(values, dict):
            raise InputError(f"{path}: {name!s:.40} has no options; expected such as cats_eye: 0.5")
        for option, value in values.items():
            if option not in OPTIONS:
                near = get_close_matches(str(option), OPTIONS, 1)
                hint = f"did you mean {near[0]}?" if near else f"expected {', '.join(OPTIONS)}"
                raise InputError(f"{path}: {name!s:.40}: {option!s:.40} is unknown; {hint}")
            if isinstance(value, (dict, list)):
                raise InputError(f"{path}: {name!s:.40}: {option}: expected a number or a text")
    return {str(name): values for name, values in lenses.items()}


def _chosen(lenses: dict[str, dict[str, Any]], name: str, where: str) -> str:
    known = {_words(one): one for one in lenses}
    if _words(name) in known:
        return known[_words(name)]
    near = get_close_matches(_words(name), known, 1, cutoff=0.5)
    hint = f"did you mean {known[near[0]]}? " if near else ""
    raise InputError(f"lens is {name!r:.80}: {hint}expected one of {where}: {', '.join(lenses)}")


def _words(name: str) -> str:
    return " ".join(re.split(r"[\s_-]+", name.strip().lower()))


def _made(values: dict[str, Any], name: str, change_path: ChangePath | None) -> Lens:
    try:
        return with_values(Lens(name=name), values, change_path)
    except InputError as error:
        raise InputError(f"lens {name}: {error}") from None
