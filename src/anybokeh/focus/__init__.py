"""Where to focus and how strongly to blur, frame by frame."""

from anybokeh.focus.keyframes import Keyframe, Keyframes, parse_keyframes, read_keyframes
from anybokeh.focus.save import save_track
from anybokeh.focus.spec import (
    AutoFocus,
    BoxFocus,
    DistanceFocus,
    FocusSpec,
    MaskFocus,
    NumberFocus,
    PointFocus,
    SubjectFocus,
    parse_focus,
)
from anybokeh.focus.track import FocusTrack, PartialTrack, combine, combined_focus, frame_times, silent_frames

__all__ = [
    "AutoFocus",
    "BoxFocus",
    "DistanceFocus",
    "FocusSpec",
    "FocusTrack",
    "Keyframe",
    "Keyframes",
    "MaskFocus",
    "NumberFocus",
    "PartialTrack",
    "PointFocus",
    "SubjectFocus",
    "combine",
    "combined_focus",
    "frame_times",
    "parse_focus",
    "parse_keyframes",
    "read_keyframes",
    "save_track",
    "silent_frames",
]
