"""The options for which the page makes controls by itself."""

from __future__ import annotations

from typing import Any

from anybokeh.options.option import Flag, Leaf, choices, flags, is_number
from anybokeh.settings import RenderSettings


def options_of_page() -> list[dict[str, Any]]:
    """What the page needs to know of each: its name, help, kind of control, and what it may hold."""
    own = flags(RenderSettings).items()
    return [_control(flag, leaves[0]) for flag, leaves in own if flag.studio == "panel"]


def _control(flag: Flag, leaf: Leaf) -> dict[str, Any]:
    about = {"name": flag.name, "label": flag.name.replace("_", " ").capitalize(), "help": flag.help}
    words = choices(leaf)
    if leaf.types == (bool,):
        return about | {"kind": "switch"}
    if words:
        return about | {"kind": "choice", "choices": words}
    if is_number(leaf):
        step = 1 if int in leaf.types else "any"
        return about | {"kind": "number", "low": leaf.rule.low, "high": leaf.rule.high, "step": step}
    return about | {"kind": "text"}
