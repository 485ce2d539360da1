"""Two views for two eyes in one stream of frames."""

from __future__ import annotations

from typing import cast

from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame

# AVStereo3DType
_ARRANGED = {
    1: "side by side",
    2: "one above the other",
    3: "in alternate frames",
    4: "as a checkerboard",
    5: "side by side in a quincunx",
    6: "in alternate lines",
    7: "in alternate columns",
}


def stereo_note(frame: VideoFrame) -> str | None:
    """One line for the user where a decoded frame says that it holds two views, else None."""
    data = cast(SideData | None, frame.side_data.get("STEREO3D"))
    # AVStereo3D begins with its type
    how = None if data is None else _ARRANGED.get(int.from_bytes(bytes(data)[:4], "little"))
    return None if how is None else f"stereoscopic video, two views {how}: treated as one picture"
