"""Inputs of nodes that stand for options, derived from the table of options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from anybokeh.optics.lens import Lens
from anybokeh.options.command_line import range_of, usual_of
from anybokeh.options.option import Flag, Leaf, choices, flags, is_number
from anybokeh.options.values import value_of, with_values
from anybokeh.settings import RenderSettings

Inputs = dict[str, tuple[Any, dict[str, Any]]]
"""As INPUT_TYPES of a node lists them: by name the type, or words to choose from, and what is told of it."""

USUAL = "usual"
"""Chosen, the option is not given."""
NOT_GIVEN = -1
"""The number of an option that is not given; below all that any of those may be."""

_NO_LIMIT = 1 << 16

OF_FILES = frozenset(
    {
        "disparity",
        "depth_size",
        "depth_channel",
        "disparity_timing",
        "track",
        "on_damage",
        "deinterlace",
        "start",
        "end",
        "highlight_mask",
        "codec",
        "crf",
        "layers",
        "segment_frames",
        "overwrite",
        "resume",
    }
)
"""Options of files, or that a batch of images has an input of its own for."""

_FIRST = ("focus", "blur", "f_number", "aperture", "focus_range")
"""What most people change, in this order."""


def refocus_options() -> tuple[str, ...]:
    """Options that refocusing a batch of images has; the lens has a node of its own."""
    lens = {flag.name for flag in flags(Lens)} - {"aperture"}
    names = [flag.name for flag in flags(RenderSettings) if flag.name not in OF_FILES | lens]
    return (*_FIRST, *(name for name in names if name not in _FIRST))


def lens_options() -> tuple[str, ...]:
    """Options of the lens."""
    return tuple(flag.name for flag in flags(Lens))


def inputs_of(names: Iterable[str], *, rare: bool = False) -> Inputs:
    """Inputs for options, by their names. rare: whether those that few people need may be folded away."""
    known = {flag.name: (flag, own) for flag, own in flags(RenderSettings).items()}
    inputs = {name: _input(*known[name]) for name in names}
    for name, (_, about) in inputs.items():
        if rare and name not in _FIRST:
            about["advanced"] = True
    return inputs


def _input(flag: Flag, own: tuple[Leaf, ...]) -> tuple[Any, dict[str, Any]]:
    leaf, defaults = own[0], RenderSettings()
    about: dict[str, Any] = {"tooltip": _tooltip(flag, own)}
    if flag.parse is None and leaf.types == (bool,):
        return "BOOLEAN", {"default": leaf.default, **about}
    words = choices(leaf)
    if flag.parse is None and words:
        optional = leaf.default is None
        return [*([USUAL] if optional else []), *words], {
            "default": USUAL if optional else leaf.default,
            **about,
        }
    if flag.parse is None and is_number(leaf):
        return _number(leaf, about)
    given = value_of(flag, own, defaults)
    # an aperture that is not said is that of the lens
    text = "" if given is None or flag.name == "aperture" else str(given)
    return "STRING", {"default": text, **about}


def _number(leaf: Leaf, about: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    rule, optional = leaf.rule, leaf.default is None
    high = _NO_LIMIT if rule.high is None else rule.high
    limits = {
        "default": NOT_GIVEN if optional else leaf.default,
        "min": NOT_GIVEN if optional else rule.low,
        "max": high,
    }
    if float not in leaf.types:
        return "INT", {**limits, **about}
    step = 0.01 if high <= 4 else 0.1
    return "FLOAT", {
        **{name: float(one) for name, one in limits.items()},
        "step": step,
        "round": 0.001,
        **about,
    }


def _tooltip(flag: Flag, own: tuple[Leaf, ...]) -> str:
    usual, ranges = usual_of(flag, own, RenderSettings()), range_of(flag, own)
    said = flag.help
    if own[0].default is None and flag.parse is None and is_number(own[0]):
        said += f" ({NOT_GIVEN}: not given{f', {usual}' if usual else ''})"
    elif usual:
        said += f" (usually {usual})"
    return re.sub(r"--([a-z][a-z-]*)", _as_input, f"{said}{f' [{ranges}]' if ranges else ''}")


def _as_input(flag: re.Match[str]) -> str:
    return flag[1].replace("-", "_")


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values of such inputs those that are not the default, as `with_values` takes them.

    What is left alone says nothing, so that a lens by name, or a track, counts instead.
    """
    defaults = {name: about["default"] for name, (_, about) in inputs_of(values).items()}
    return {name: value for name, value in values.items() if value not in (None, "", defaults[name])}


def settings_of(values: Mapping[str, Any]) -> RenderSettings:
    """Settings from the values of such inputs; raises InputError."""
    return with_values(RenderSettings(), given(values))
