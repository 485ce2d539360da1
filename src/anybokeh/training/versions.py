"""Versions of a clip: disparity exact or damaged, steadied and repaired or not, and its layered render."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anybokeh.errors import InputError
from anybokeh.job.in_memory import prepare
from anybokeh.render.layered import LayeredRenderer
from anybokeh.synth.damage import DAMAGES, damage

EXACT = "exact"
NAMES = (EXACT, *DAMAGES)
STEADY, REPAIR = "+steady", "+repair"
"""Ends of names: steadied, and steadied and repaired, which is what renderers get unless told otherwise."""


def parse_version(name: str) -> tuple[str, bool, bool]:
    """The kind of disparity in a name, of `NAMES`, whether it is steadied, and whether it is repaired.

    Raises:
        InputError: there is no such version.
    """
    repair = name.endswith(REPAIR)
    base = name.removesuffix(REPAIR if repair else STEADY)
    if base not in NAMES:
        known = ", ".join(NAMES)
        raise InputError(f"damage is {name!r}: expected some of {known}, each also with {STEADY} or {REPAIR}")
    return base, repair or name.endswith(STEADY), repair


@dataclass(frozen=True)
class Versions:
    """What is made of a clip besides its truth.

    Attributes:
        names: kinds of disparity, of `NAMES`, each also with `STEADY` or `REPAIR` at its end.
        render: whether the layered render of each is needed.
        seed: decides the damage, with the clip's number.
    """

    names: tuple[str, ...] = (EXACT,)
    render: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.names:
            parse_version(name)

    def kept(self) -> tuple[str, ...]:
        """Those that hold anything that the clip does not."""
        return tuple(name for name in dict.fromkeys(self.names) if self.render or name != EXACT)

    def make(self, name: str, clip: Mapping[str, np.ndarray], index: int) -> dict[str, np.ndarray]:
        """One version of a clip.

        Args:
            name: one of `names`.
            clip: frames (frames, 3, height, width), disparity (frames, height, width), focus, blur and range
                (frames,) of the whole clip; lengths of damage are shares of its width.
            index: the clip's number.

        Returns:
            disparity and, if asked for, render (frames, 3, height, width), float32 in [0, 1].
        """
        base, steady, repair = parse_version(name)
        disparity, focus = clip["disparity"], clip["focus"]
        if base != EXACT:
            # what is made of one damage in several ways shares it
            seed = self.seed, index, zlib.crc32(base.encode())
            disparity = damage(disparity, DAMAGES[base], seed, focus=focus)
        numbers = focus, clip["blur"]
        shot = prepare(clip["frames"], disparity, *numbers, range=clip["range"], steady=steady, repair=repair)
        maps = {"disparity": shot.disparity}
        if self.render:
            maps["render"] = np.clip(LayeredRenderer(threads=1).render(shot), 0, 1)
        return maps
