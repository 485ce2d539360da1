"""A few seconds of the refocused clip at low resolution, to be played in the page."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame

from anybokeh.errors import InputError
from anybokeh.focus import FocusTrack
from anybokeh.optics.lens import Lens
from anybokeh.runtime.steps import Progress, Steps
from anybokeh.runtime.whole_files import whole_file
from anybokeh.studio.background_task import Task
from anybokeh.studio.display import display_size, shrink
from anybokeh.studio.preview import FrameFocus, render_still
from anybokeh.studio.proxies import studio_cache
from anybokeh.studio.session import NOT_YET, ClipSession
from anybokeh.studio.whole_scene import StillScene

_WIDTH = 480
_LONGEST = 12.0
_SEGMENT = 8
_KEPT = 24
_CLOCK = 90000


class Playbacks:
    """Makes low-resolution films, one at a time; what was made for the same settings is there at once."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task[Path]] = {}
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()

    def start(self, session: ClipSession, start: float, seconds: float) -> str:
        """Begin to make one and return its name. start: seconds. Raises InputError."""
        if not (0 < seconds <= _LONGEST and start >= 0):
            raise InputError(f"a preview of {seconds:g} s from {start:g} s: expected up to {_LONGEST:g} s")
        frames = np.flatnonzero((session.times >= start - 5e-4) & (session.times < start + seconds - 5e-4))
        if not len(frames):
            raise InputError(f"{start:g} s: the clip ends before; move the playhead back")
        part = range(int(frames[0]), int(frames[-1]) + 1)
        document = session.project.document
        facts = [session.key, part.start, part.stop, _WIDTH, document.stored]
        name = hashlib.blake2b(json.dumps(facts).encode(), digest_size=12).hexdigest()
        with self._lock:
            task = self._tasks.get(name)
            if task is None or task.state in ("stopped", "failed"):
                self.stop()
                self._tasks[name] = Task("playback", lambda steps: self._make(session, part, name, steps))
        return name

    def state(self, name: str) -> dict[str, Any]:
        """For the page; raises InputError where there is no such film."""
        task = self._task(name)
        return task.to_json()

    def file(self, name: str) -> Path:
        """The film; raises InputError where it is not done."""
        file = self._task(name).result
        if file is None or not file.is_file():
            raise InputError("this preview is not there; play it again")
        return file

    def stop(self) -> None:
        """Stop what is being made."""
        for task in self._tasks.values():
            if task.state == "working":
                task.stop()

    def _task(self, name: str) -> Task[Path]:
        if name not in self._tasks:
            raise InputError("this preview is not there; play it again")
        return self._tasks[name]

    def _make(self, session: ClipSession, part: range, name: str, steps: Steps) -> Path:
        with self._one_at_a_time:
            folder = studio_cache() / "films"
            file = folder / f"{name}.mp4"
            if file.is_file():
                os.utime(file)
                return file
            folder.mkdir(parents=True, exist_ok=True)
            progress = steps.begin("making the preview", 0, len(part))
            track = session.track()
            with whole_file(file) as temporary:
                _write(temporary, session, part, track, session.project.document.lens, progress)
            _keep_newest(folder)
            return file


def _write(
    file: Path,
    session: ClipSession,
    part: range,
    track: FocusTrack,
    lens: Lens,
    progress: Progress,
) -> None:
    # encoders take even sizes
    width, height = (max(2, side // 2 * 2) for side in display_size(session.info, _WIDTH))
    rate = session.info.frame_rate or Fraction(24)
    with av.open(str(file), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate, options={"preset": "veryfast", "crf": "21"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, _CLOCK)
        for begin in range(part.start, part.stop, _SEGMENT):
            indices = range(begin, min(begin + _SEGMENT, part.stop))
            for index, picture in zip(
                indices, _pictures(session, indices, (width, height), track, lens), strict=True
            ):
                frame = VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts = round((session.times[index] - session.times[part.start]) * _CLOCK)
                frame.time_base = Fraction(1, _CLOCK)
                container.mux(stream.encode(frame))
                progress(index + 1 - part.start, len(part))
        container.mux(stream.encode(None))


def _pictures(
    session: ClipSession, indices: range, size: tuple[int, int], track: FocusTrack, lens: Lens
) -> np.ndarray:
    source = session.disparity.result
    if source is None:
        raise InputError(NOT_YET)
    scenes, bars = [], session.project.document.settings.protect == "auto"
    for index in indices:
        picture = shrink(session.proxies.picture(index), size)
        scenes.append(session.cut(StillScene(picture, source.read(index, picture)), bars))
    values = [FrameFocus(float(track.focus[i]), float(track.blur[i]), float(track.range[i])) for i in indices]
    return render_still(scenes, values, lens, session.info.transfer)


def _keep_newest(folder: Path) -> None:
    with contextlib.suppress(OSError):
        films = sorted(folder.glob("*.mp4"), key=lambda file: file.stat().st_mtime)
        for film in films[:-_KEPT]:
            film.unlink()
