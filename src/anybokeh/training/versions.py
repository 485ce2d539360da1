"""Versions of a clip: as it is, or with damaged disparity, with the layered render if a model sees it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anybokeh.errors import InputError
from anybokeh.render.layered import LayeredRenderer
from anybokeh.shot import Shot
from anybokeh.synth.damage import DAMAGES, damage

EXACT = "exact"
NAMES = (EXACT, *DAMAGES)


@dataclass(frozen=True)
class Versions:
    """What is made of a clip besides its truth.

    Attributes:
        names: kinds of disparity, of `NAMES`.
        render: whether the layered render of each is needed.
        seed: decides the damage, with the clip's number.
    """

    names: tuple[str, ...] = (EXACT,)
    render: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.names:
            if name not in NAMES:
                raise InputError(f"damage is {name!r}: expected some of {', '.join(NAMES)}")

    def kept(self) -> tuple[str, ...]:
        """Those that hold anything that the clip does not."""
        return tuple(name for name in dict.fromkeys(self.names) if self.render or name != EXACT)

    def make(self, name: str, clip: Mapping[str, np.ndarray], index: int) -> dict[str, np.ndarray]:
        """One version of a clip.

        Args:
            name: one of `NAMES`.
            clip: frames (frames, 3, height, width), disparity (frames, height, width), focus, blur and range
                (frames,) of the whole clip; lengths of damage are shares of its width.
            index: the clip's number.

        Returns:
            disparity and, if asked for, render (frames, 3, height, width), float32 in [0, 1].
        """
        disparity, focus = clip["disparity"], clip["focus"]
        if name != EXACT:
            seed = self.seed, index, zlib.crc32(name.encode())
            disparity = damage(disparity, DAMAGES[name], seed, focus=focus)
        made = {"disparity": disparity}
        if self.render:
            shot = Shot(clip["frames"], disparity, focus, clip["blur"], clip["range"])
            made["render"] = np.clip(LayeredRenderer(threads=1).render(shot), 0, 1)
        return made
