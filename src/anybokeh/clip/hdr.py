"""Static HDR metadata: read from decoded frames, written in the encoders' notation."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import cast

from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

from anybokeh.clip.info import LightLevels


def side_data_kinds(frame: VideoFrame) -> list[str]:
    """Names of what a decoded frame carries beside its pixels."""
    # PyAV's container iterates over its values though it is declared a dictionary
    return [cast(SideData, data).type.name for data in frame.side_data]


def light_levels(frame: VideoFrame) -> LightLevels | None:
    """Mastering display and content light level of a decoded frame, None if it carries neither."""
    display = frame.side_data.get("MASTERING_DISPLAY_METADATA")
    content = frame.side_data.get("CONTENT_LIGHT_LEVEL")
    if display is None and content is None:
        return None
    primaries = white = luminance = levels = None
    if display is not None:
        # AVMasteringDisplayMetadata: 3 x 2 primaries, 2 white, 2 luminances as rationals, 2 flags
        numbers = struct.unpack("=22i", bytes(display)[: 22 * 4])
        ratios = [Fraction(n, d or 1) for n, d in zip(numbers[0:20:2], numbers[1:20:2], strict=True)]
        if numbers[20]:
            primaries = tuple((ratios[i], ratios[i + 1]) for i in (0, 2, 4))
            white = (ratios[6], ratios[7])
        if numbers[21]:
            luminance = (ratios[8], ratios[9])
    if content is not None:
        levels = struct.unpack("=2I", bytes(content)[:8])
    return LightLevels(primaries, white, luminance, levels)


def x265_params(levels: LightLevels) -> list[str]:
    """The metadata as x265 wants it: chromaticities in 1/50000, luminances in 1/10000."""
    params = []
    if levels.primaries and levels.white and levels.luminance:
        red, green, blue = levels.primaries
        points = [("G", green), ("B", blue), ("R", red), ("WP", levels.white)]
        text = "".join(f"{name}({round(x * 50000)},{round(y * 50000)})" for name, (x, y) in points)
        low, high = levels.luminance
        params.append(f"master-display={text}L({round(high * 10000)},{round(low * 10000)})")
    if levels.content:
        params.append(f"max-cll={levels.content[0]},{levels.content[1]}")
    return params
