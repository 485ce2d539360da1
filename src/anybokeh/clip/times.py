"""When each frame of a clip is shown."""

from __future__ import annotations

import contextlib

import numpy as np
from av.error import FFmpegError

from anybokeh.clip import images
from anybokeh.clip.container import opened, pick_index
from anybokeh.clip.info import ClipInfo


def source_times(info: ClipInfo) -> np.ndarray:
    """Times of all frames of the source in seconds from its first, (frames,) float64.

    Where the header does not settle them, as at variable rates, packets are listed without decoding.
    """
    if info.frame_rate is None:
        return np.arange(info.frame_count or 0) / float(images.FRAME_RATE)
    if info.frame_count_exact and not info.variable_rate:
        return np.arange(info.frame_count or 0) / float(info.frame_rate)
    stamps = _listed(info)
    if any(stamp is None for stamp in stamps):
        return np.arange(len(stamps)) / float(info.frame_rate)
    ticks = np.sort(np.array(stamps, dtype=np.int64))
    seconds = ticks * float(info.time_base or 0) - float(info.first_time)
    return seconds[seconds > -1e-6]


def _listed(info: ClipInfo) -> list[int | None]:
    """Time stamps of the packets that are shown, in ticks."""
    with opened(info.path) as container:
        stream = container.streams[pick_index(container)]
        stamps: list[int | None] = []
        with contextlib.suppress(FFmpegError):  # decoding will say where the clip is damaged
            stamps = [p.pts for p in container.demux(stream) if p.size and not p.is_discard]
        return stamps
