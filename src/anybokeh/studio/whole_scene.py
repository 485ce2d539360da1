"""The scene of one frame as a render makes it: steadied, repaired, and with what other frames saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anybokeh.clip import Frame
from anybokeh.finish.protection import Protection
from anybokeh.job.known_scenes import Given, SceneSteps, known_scenes
from anybokeh.settings import RenderSettings
from anybokeh.shot import Behind

if TYPE_CHECKING:
    from anybokeh.repair.lamp_light import Light

AROUND = 3
"""Frames to either side that are looked at; a render looks at more, which takes longer and changes little."""


class StillScene(NamedTuple):
    """One frame at display size.

    Attributes:
        picture: (height, width, 3) uint8.
        disparity: (height, width) float32 in [0, 1].
        light: of its lamps, None where it is not known.
        behind: what other frames saw behind what is near, None where it is not known.
        whole: the frame of which this one is the part that is rendered, None where it is all of it.
        protection: what stays of the whole frame.
        highlights: how far the lens's rule for them acts, (height, width) float32, None where it does fully.
        soft: whether outlines of the disparity are guesses, see `anybokeh.Scene`.
    """

    picture: np.ndarray
    disparity: np.ndarray
    light: Light | None = None
    behind: Behind | None = None
    whole: Frame | None = None
    protection: Protection = Protection()
    highlights: np.ndarray | None = None
    soft: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the whole frame."""
        height, width = (self.picture if self.whole is None else self.whole.pixels).shape[:2]
        return width, height

    def protected(self, protection: Protection, index: int) -> StillScene:
        """What a render takes of this frame, of that index, for itself."""
        if not protection:
            return self
        whole = Frame(index, Fraction(0), None, self.picture)
        picture = protection.rendered_part(whole).pixels
        disparity = protection.disparity(self.disparity, index)
        return StillScene(picture, disparity, whole=whole, protection=protection, soft=self.soft)

    def restored(self, rendered: np.ndarray) -> np.ndarray:
        """The whole picture with its rendered part, (height, width, 3) uint8."""
        if self.whole is None:
            return rendered
        return self.protection.restored(self.whole, replace(self.whole, pixels=rendered)).pixels


def whole_scene(
    around: Sequence[StillScene], at: int, settings: RenderSettings, transfer: str, *, steady: bool
) -> StillScene:
    """The whole scene of a frame.

    Args:
        around: frames in order, with disparity as it came.
        at: the frame's place among them.
        settings: what a render does.
        transfer: of the clip.
        steady: whether disparity is to be steadied.
    """
    # compiled code takes a second to load, and the page should be there before
    from anybokeh.job.segment_shots import repair_of

    repair = repair_of(settings, transfer)
    frames = [Given(index, one.picture, abs(index - at)) for index, one in enumerate(around)]
    maps = [one.disparity for one in around]
    # only this frame is steadied and mended: its surroundings would take as long as it does, each of them
    outlines = None if repair is None or around[at].soft else replace(repair, highlights=False)
    own = next(known_scenes(frames, maps.__getitem__, SceneSteps(steady, outlines, hidden=False)))
    maps[at] = own.disparity
    lamps = None if repair is None else replace(repair, disparity=False)
    _, disparity, light, behind = next(
        known_scenes(frames, maps.__getitem__, SceneSteps(False, lamps, settings.hidden))
    )
    return around[at]._replace(disparity=disparity, light=light, behind=behind)
