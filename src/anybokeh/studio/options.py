"""The options for which the page makes controls by itself."""

from __future__ import annotations

from typing import Any

from anybokeh.optics.lens import Lens
from anybokeh.optics.named_lenses import OPTIONS, bundled_lenses
from anybokeh.options.option import Flag, Leaf, choices, flags, is_number
from anybokeh.options.values import values_of
from anybokeh.settings import RenderSettings


def options_of_page() -> list[dict[str, Any]]:
    """What the page needs to know of each: its name, help, place, kind of control, and what it may hold."""
    own = flags(RenderSettings).items()
    return [_control(flag, leaves[0]) for flag, leaves in own if flag.studio == "panel"]


def lenses_of_page() -> dict[str, dict[str, Any]]:
    """The options of every lens by its name; those of the name "" are a perfect disc's."""
    lenses = {"": Lens(), **{name: Lens.named(name) for name in bundled_lenses()}}
    return {name: values_of(lens, OPTIONS) for name, lens in lenses.items()}


def _control(flag: Flag, leaf: Leaf) -> dict[str, Any]:
    about = {"name": flag.name, "label": flag.name.replace("_", " ").capitalize(), "help": flag.help}
    about["place"] = "lens-options" if flag in flags(Lens) else "options"
    if flag.parse is not None:
        return about | {"kind": "text", "usual": flag.usual}
    words = choices(leaf)
    if leaf.types == (bool,):
        return about | {"kind": "switch"}
    if words:
        return about | {"kind": "choice", "choices": words}
    if is_number(leaf):
        step = 1 if int in leaf.types else "any"
        return about | {"kind": "number", "low": leaf.rule.low, "high": leaf.rule.high, "step": step}
    return about | {"kind": "text", "usual": flag.usual or leaf.default}
