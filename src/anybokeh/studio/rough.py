"""Disparity of single frames, for long clips that are still being looked through."""

from __future__ import annotations

import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.disparity.salient import SalientDisparity
from anybokeh.subject.clip_subject import open_subject


def rough_disparity(info: ClipInfo, times: np.ndarray, index: int, picture: np.ndarray) -> np.ndarray:
    """The built-in estimate from one frame alone; raises InputError where it cannot be decoded.

    info, times: of the clip, times (frames,) in seconds. picture: the frame at any size, (height, width, 3).

    Returns:
        (height, width) float32 in [0, 1] of the picture's size.
    """
    subject = open_subject(info, times, range(index, index + 1))
    try:
        return SalientDisparity(subject).read(index, picture)
    finally:
        subject.close()
