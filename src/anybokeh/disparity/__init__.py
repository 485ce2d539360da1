"""Where disparity comes from. Disparity is float32 in [0, 1], 1 nearest."""

from anybokeh.disparity.files import DisparitySource, check_disparity, open_disparity
from anybokeh.disparity.official import OfficialClip, OfficialTrack, read_official_csv

__all__ = [
    "DisparitySource",
    "OfficialClip",
    "OfficialTrack",
    "check_disparity",
    "open_disparity",
    "read_official_csv",
]
