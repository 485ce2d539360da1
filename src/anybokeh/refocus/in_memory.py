"""The analysis for arrays in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack
from anybokeh.shot import Shot


def prepare(
    frames: Any,
    disparity: Any,
    focus: Any,
    blur: Any = None,
    *,
    range: Any = None,
    steady: bool = True,
    repair: bool = True,
    hidden: bool = True,
) -> Shot:
    """Make a shot of frames and disparity that are already in memory.

    Args:
        frames: (frames, 3, height, width) in [0, 1], sRGB.
        disparity: (frames, height, width) in [0, 1], 1 is nearest.
        focus: disparity of the focal plane, one number or (frames,); or a `FocusTrack` of as many frames.
        blur: K, one number or (frames,); a track gives it itself.
        range: half-width in disparity that stays sharp, one number or (frames,); a track gives it itself,
            else it is 0.
        steady: steady the disparity, see `anybokeh.disparity.steady`.
        repair: repair the scene, see `anybokeh.repair.repair`.
        hidden: find what other frames saw behind what is near, see `anybokeh.hidden.find_hidden`.

    Raises:
        InputError: shapes do not match, values lie outside their range, blur is missing, or blur or range is
            given beside a track.
    """
    if isinstance(focus, FocusTrack):
        focus, blur, range = _of_track(focus, blur, range)
    elif blur is None:
        raise InputError("blur is missing: give K, such as blur=16, or a FocusTrack as focus")
    loose = disparity
    if steady:
        from anybokeh.disparity.steadying import steady_both

        disparity, loose = steady_both(frames, disparity)
    shot = Shot(frames, disparity, focus, blur, 0.0 if range is None else range)
    if repair:
        from anybokeh.repair.repairing import repair as repaired_scene

        shot = replace(shot, scene=repaired_scene(shot.frames, shot.disparity, loose=loose))
    if hidden:
        from anybokeh.hidden.finding import find_hidden

        behind = find_hidden(shot.frames, shot.disparity)
        shot = replace(shot, scene=replace(shot.scene, hidden=behind))
    return shot


def _of_track(track: FocusTrack, blur: Any, range: Any) -> tuple[Any, Any, Any]:
    for name, value in (("blur", blur), ("range", range)):
        if value is not None:
            raise InputError(f"{name} is given beside a FocusTrack, which has its own: leave {name} out")
    return track.focus, track.blur, track.range
