"""When each frame of a clip is shown."""

from __future__ import annotations

import numpy as np

from anybokeh.clip.info import ClipInfo
from anybokeh.clip.listing import list_frames
from anybokeh.clip.sequences import sequence_times


def source_times(info: ClipInfo) -> np.ndarray:
    """Times of all frames of the source in seconds from its first, (frames,) float64.

    Where the header does not settle them, as at variable rates, packets are listed without decoding.
    """
    if info.times is not None:
        return np.array([float(time) for time in info.times])
    if info.frame_rate is None:
        times = sequence_times(info.numbers, info.frame_count or 0, info.rate)
        return np.array([float(time) for time in times])
    if info.frame_count_exact and not info.variable_rate:
        return np.arange(info.frame_count or 0) / float(info.frame_rate)
    return time_stamps(info)


def time_stamps(info: ClipInfo) -> np.ndarray:
    """The same by the time stamps of the file's packets, which a header's rate may miss by a little.

    They tell which frames lie between two moments. Large files take a moment to be looked through.
    """
    if info.times is not None or info.frame_rate is None:
        return source_times(info)
    tick = info.time_base or 1
    first = round(info.first_time / tick)
    listing = list_frames(info.path, first)
    if not listing.timed:
        return np.arange(len(listing.times)) / float(info.frame_rate)
    return (np.array(listing.times, dtype=np.int64) - first) * float(tick)
