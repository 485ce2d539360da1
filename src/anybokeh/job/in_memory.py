"""The analysis for arrays in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack
from anybokeh.job.known_scenes import Given, SceneSteps, known_scenes
from anybokeh.repair import RepairSettings
from anybokeh.shot import Scene, Shot


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
    shot = Shot(frames, disparity, focus, blur, 0.0 if range is None else range)
    if not (steady or repair or hidden):
        return shot
    from anybokeh.repair.gains import joined_gains

    # finer than disparity is mended by; the analysis takes floats for linear light
    given = (Given(index, _sixteen_bit(picture)) for index, picture in enumerate(shot.frames))
    steps = SceneSteps(steady, RepairSettings() if repair else None, hidden)
    known = list(known_scenes(given, shot.disparity.__getitem__, steps))
    scene = Scene(
        np.stack([one.disparity for one in known]),
        joined_gains([one.light for one in known]),
        tuple(one.behind for one in known) if hidden else None,
    )
    return replace(shot, scene=scene)


def _sixteen_bit(picture: np.ndarray) -> np.ndarray:
    """(height, width, 3) uint16 of (3, height, width) in [0, 1]."""
    codes = np.clip(picture, 0, 1) * 65535 + 0.5
    return np.ascontiguousarray(codes.astype(np.uint16).transpose(1, 2, 0))


def _of_track(track: FocusTrack, blur: Any, range: Any) -> tuple[Any, Any, Any]:
    for name, value in (("blur", blur), ("range", range)):
        if value is not None:
            raise InputError(f"{name} is given beside a FocusTrack, which has its own: leave {name} out")
    return track.focus, track.blur, track.range
