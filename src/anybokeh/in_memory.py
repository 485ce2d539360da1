"""The analysis for arrays in memory."""

from __future__ import annotations

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
        repair: complete the scene with the repair network; without effect while this version has none.

    Raises:
        InputError: shapes do not match or values lie outside their range.
    """
    del repair
    if steady:
        from anybokeh.disparity.steadying import steady as steady_disparity

        disparity = steady_disparity(frames, disparity)
    return Shot(frames, disparity, focus, blur, range)
