"""What is likely to disappoint, said before it is rendered: nothing is blurred, or near and far are swapped.

A few frames are looked at; each remark is one line with the option that mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np

from anybokeh.disparity import DisparitySource
from anybokeh.disparity.values import DepthMap
from anybokeh.focus import FocusTrack

_LOOKED_AT = 8
_FLAT = 1 / 512
"""Differences in disparity that 8 bits cannot tell."""
_UNSEEN = 0.25
"""Pixels of radius up to which nobody sees a blur."""
_WIDTH = 256
_SURROUNDINGS = 0.06
"""How far the surroundings of a subject reach, as a share of the width."""
_FARTHER = 0.1
"""Disparity that the subject lies behind its surroundings: what lies before a subject is seldom so much."""
_MOST = 0.75
"""Share of the frames that must say so."""

Inside = Callable[[int], np.ndarray]
"""The mask (height, width) of the subject by the index of a frame."""


def remarks(
    disparity: DisparitySource,
    track: FocusTrack,
    frames: np.ndarray,
    width: float,
    depth_map: DepthMap | None,
    inside: Inside | None,
) -> tuple[str, ...]:
    """Remarks on a clip.

    Args:
        frames: (n,) indices of those to render.
        width: of the displayed frame.
        depth_map: how the maps were said to hold depth.
        inside: of what the focus is on, where the disparity comes from maps; None asks nothing.
    """
    some = frames[np.unique(np.linspace(0, len(frames) - 1, _LOOKED_AT).astype(int))]
    maps = {int(index): disparity.read(int(index)) for index in some}
    flat = flat_remark(maps.values())
    if flat is not None:
        return (flat + _without_blur(maps, track, width),)
    if track.blur[some].any() and _largest_radius(maps, track, width) < _UNSEEN:
        return (
            "nothing is blurred: all lies within the focus range; give a smaller --focus-range, another "
            "--focus, or more --blur (a smaller --f-number)",
        )
    if inside is not None and looks_swapped(maps, inside):
        swapped = (
            "--depth-map near-dark (or metric, for distances) mends maps in which near is dark"
            if depth_map is None
            else f"leaving out --depth-map {depth_map} mends it if white is near"
        )
        return (f"the subject is farther than what surrounds it, as if near and far were swapped: {swapped}",)
    return ()


def flat_remark(maps: Iterable[np.ndarray]) -> str | None:
    """What to say of maps that are the same everywhere; None of others."""
    low, high = np.inf, -np.inf
    for one in maps:
        low, high = min(low, float(one.min())), max(high, float(one.max()))
    if high - low > _FLAT:
        return None
    return f"disparity is {low:g} everywhere, so that nothing is nearer than anything else: check --disparity"


def _without_blur(maps: dict[int, np.ndarray], track: FocusTrack, width: float) -> str:
    return "; the result equals the input" if _largest_radius(maps, track, width) < _UNSEEN else ""


def _largest_radius(maps: dict[int, np.ndarray], track: FocusTrack, width: float) -> float:
    """Of the circle of confusion, in pixels."""
    largest = 0.0
    for index, one in maps.items():
        focus, blur, sharp = (float(values[index]) for values in (track.focus, track.blur, track.range))
        away = max(abs(float(one.min()) - focus), abs(float(one.max()) - focus))
        largest = max(largest, blur * max(0.0, away - sharp) * width / 1024)
    return largest


def looks_swapped(maps: dict[int, np.ndarray], inside: Inside) -> bool:
    """Whether a subject lies far behind its surroundings, and the ground does not contradict that.

    maps: (height, width) disparity by the index of a frame. Foregrounds that cover the lower part of a
    picture are nearer than its upper part, so that they are no reason.
    """
    seen = [found for index, one in maps.items() if (found := _depths(one, inside(index))) is not None]
    if not seen:
        return False
    farther, lower = np.array(seen).T
    return bool(np.median(farther) > _FARTHER and (farther > 0).mean() >= _MOST and np.median(lower) <= 0)


def _depths(disparity: np.ndarray, mask: np.ndarray) -> tuple[float, float] | None:
    """How much farther a subject is than what surrounds it, and how much nearer the lower third is."""
    height = max(2, round(_WIDTH * mask.shape[0] / mask.shape[1]))
    disparity = cv2.resize(disparity, (_WIDTH, height), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask.astype(np.uint8), (_WIDTH, height), interpolation=cv2.INTER_NEAREST)
    reach = round(_WIDTH * _SURROUNDINGS)
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    # pixels of the outline belong to neither
    rim = np.ones((3, 3), np.uint8)
    within = disparity[cv2.erode(mask, rim) > 0]
    around = disparity[(cv2.dilate(mask, wide) > 0) & (cv2.dilate(mask, rim) == 0)]
    if not within.size or not around.size:
        return None
    third = max(1, height // 3)
    lower = float(np.median(disparity[-third:]) - np.median(disparity[:third]))
    return float(np.median(around) - np.median(within)), lower
