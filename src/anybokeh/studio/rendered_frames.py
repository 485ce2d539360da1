"""Frames of rendered files, to compare with the source."""

from __future__ import annotations

import threading

import numpy as np

from anybokeh.clip import open_clip
from anybokeh.errors import InputError
from anybokeh.studio.display import display_size, jpeg, shrink
from anybokeh.studio.frames import FrameReader, frame_times
from anybokeh.studio.renders import Render


class Results:
    """Readers of the renders that were looked at."""

    def __init__(self) -> None:
        self._readers: dict[str, tuple[FrameReader, np.ndarray, tuple[int, int]]] = {}
        self._lock = threading.Lock()

    def packed(self, render: Render, time: float) -> bytes:
        """The frame at a time of the source in seconds, as a JPEG file; raises InputError elsewhere."""
        reader, times, size = self._reader(render)
        time -= render.job.options["start"] or 0.0
        index = int(np.searchsorted(times, time + 5e-3, side="right")) - 1
        last = float(times[-1] - times[-2]) if len(times) > 1 else 1.0
        if index < 0 or time > times[-1] + last + 5e-3:
            raise InputError("this moment was not rendered")
        return jpeg(shrink(reader.read(index), size))

    def forget(self, id: str) -> None:
        """Let go of a file."""
        with self._lock:
            known = self._readers.pop(id, None)
        if known is not None:
            known[0].close()

    def _reader(self, render: Render) -> tuple[FrameReader, np.ndarray, tuple[int, int]]:
        with self._lock:
            known = self._readers.get(render.job.id)
            if known is None:
                with open_clip(render.output) as clip:
                    info = clip.info
                times, exact = frame_times(info)
                reader = FrameReader(info, times, exact)
                known = self._readers[render.job.id] = reader, times, display_size(info)
            return known
