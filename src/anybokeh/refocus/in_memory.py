"""The analysis for arrays in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from anybokeh.shot import Shot


def prepare(
    frames: Any,
    disparity: Any,
    focus: Any,
    blur: Any,
    *,
    range: Any = 0.0,
    steady: bool = True,
    repair: bool = True,
) -> Shot:
    """Make a shot of frames and disparity that are already in memory.

    Args:
        frames: (frames, 3, height, width) in [0, 1], sRGB.
        disparity: (frames, height, width) in [0, 1], 1 is nearest.
        focus: disparity of the focal plane, one number or (frames,).
        blur: K, one number or (frames,).
        range: half-width in disparity that stays sharp, one number or (frames,).
        steady: steady the disparity, see `anybokeh.disparity.steady`.
        repair: repair the scene, see `anybokeh.repair.repair`.

    Raises:
        InputError: shapes do not match or values lie outside their range.
    """
    loose = disparity
    if steady:
        from anybokeh.disparity.steadying import steady_both

        disparity, loose = steady_both(frames, disparity)
    shot = Shot(frames, disparity, focus, blur, range)
    if not repair:
        return shot
    from anybokeh.repair.repairing import repair as repaired_scene

    return replace(shot, scene=repaired_scene(shot.frames, shot.disparity, loose=loose))
