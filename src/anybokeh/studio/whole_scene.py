"""The scene of one frame as a render makes it: steadied, repaired, and with what other frames saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from anybokeh.finish.bars import Inside
from anybokeh.refocus.known_scenes import Given, SceneSteps, known_scenes
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
        frame: the whole picture that this one lies in, None where it is all of it.
        inside: where it lies.
        soft: whether outlines of the disparity are guesses, see `anybokeh.Scene`.
    """

    picture: np.ndarray
    disparity: np.ndarray
    light: Light | None = None
    behind: Behind | None = None
    frame: np.ndarray | None = None
    inside: Inside | None = None
    soft: bool = False

    def cut(self, inside: Inside) -> StillScene:
        """What lies between bars, as a render cuts them off."""
        picture, disparity = (
            np.ascontiguousarray(one[inside.slices]) for one in (self.picture, self.disparity)
        )
        return StillScene(picture, disparity, frame=self.picture, inside=inside, soft=self.soft)

    def restored(self, rendered: np.ndarray) -> np.ndarray:
        """The whole picture with its rendered part, (height, width, 3) uint8."""
        if self.frame is None or self.inside is None:
            return rendered
        whole = self.frame.copy()
        whole[self.inside.slices] = rendered
        return whole


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
    from anybokeh.refocus.segment_shots import repair_of

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
