"""The scene of one frame as a render makes it: steadied, repaired, and with what other frames saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

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
    """

    picture: np.ndarray
    disparity: np.ndarray
    light: Light | None = None
    behind: Behind | None = None


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

    picture, disparity = around[at][:2]
    loose, light, behind = disparity, None, None
    given = [(index, one.picture, one.disparity) for index, one in enumerate(around)]
    if steady:
        from anybokeh.disparity.steadying import steadied_both

        _, disparity, loose = next(iter(steadied_both(given, wanted=lambda index: index == at)))
    repair = repair_of(settings, transfer)
    if repair is not None:
        from anybokeh.repair.repairing import lit, mended

        lights = lit(((index, picture) for index, picture, _ in given), repair)
        light = next(light for index, _, light in lights if index == at)
        _, disparity = next(iter(mended([(at, picture, disparity, loose)], repair)))
    if settings.hidden:
        from anybokeh.hidden.finding import with_hidden

        given[at] = at, picture, disparity
        _, _, behind = next(iter(with_hidden(given, wanted=lambda index: index == at)))
    return StillScene(picture, disparity, light, behind)
