"""The subject of a whole clip, found once and then read in any order."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from anybokeh.clip import ClipInfo, open_again
from anybokeh.errors import InputError
from anybokeh.runtime.cache import cached, clip_key
from anybokeh.runtime.steps import Progress
from anybokeh.subject.bodies import Bodies, Body
from anybokeh.subject.follow import follow_subject
from anybokeh.subject.record import VERSION, Course, Found, Record, write_record
from anybokeh.subject.saliency import Saliency, load_saliency
from anybokeh.subject.stance import stance
from anybokeh.subject.views import view, view_size

_LASTING = 6
"""Frames from which a body is worth a word."""
_LISTED = 8

FINDING = "finding the subject"
"""The step that looking through the clip is."""


def open_subject(
    info: ClipInfo, times: np.ndarray, shown: range | None = None, progress: Progress | None = None
) -> ClipSubject:
    """The subject of a clip, from the cache if it was looked for before.

    times: (frames,) seconds of every frame of the source. shown: only these frames are looked at, the others
    repeat the nearest; None for all.
    """
    shown = range(len(times)) if shown is None else shown
    whole = len(shown) == len(times)

    def frames() -> Iterator[np.ndarray]:
        end = None if shown.stop >= len(times) else float(times[shown.stop])
        with open_again(info, start=None if whole else float(times[shown.start]), end=end) as clip:
            for frame in clip:
                if shown.start <= frame.index < shown.stop:
                    yield frame.pixels

    return ClipSubject(
        frames,
        len(times),
        view_size(info.width, info.height),
        looked_at=shown,
        key=lambda method: clip_key(info.path, "subject", VERSION, method, (shown.start, shown.stop)),
        progress=progress,
    )


@contextmanager
def _unkept(make: Callable[[Path], object]) -> Iterator[Path]:
    """A temporary file made by `make(path)`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "subject"
        make(file)
        yield file


class ClipSubject:
    """The subject's mask in every frame: a `MaskSource`. The clip is looked through at the first question.

    frames: opens the clip's frames `looked_at` in order, RGB (height, width, 3). count: how many frames the
    clip has. size: (width, height) of the small views in which the subject is looked for. looked_at: all by
    default; other frames repeat the nearest. saliency: finds the subject in one picture; by default the
    network where it is installed. key: names the results in the cache, given the method's name; None keeps
    them to itself.
    """

    name = "subject"

    def __init__(
        self,
        frames: Callable[[], Iterable[np.ndarray]],
        count: int,
        size: tuple[int, int],
        *,
        looked_at: range | None = None,
        saliency: Saliency | None = None,
        key: Callable[[str], str] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.count = count
        self.size = size
        self._frames = frames
        self._looked_at = range(count) if looked_at is None else looked_at
        self._saliency = saliency
        self._key = key
        self._progress = progress
        self._lock = threading.Lock()
        self._record: Record | None = None
        self._resources = ExitStack()

    def __reduce__(self) -> tuple[Any, ...]:
        """With what was found, for processes that do not see the clip."""
        return _found, (self.count, self.size, self._looked_at, self._known())

    @property
    def course(self) -> Course:
        """What is known of every frame; raises InputError when the clip holds fewer frames than it should."""
        known = self._known().course
        around = self._looked_at.start, self.count - self._looked_at.stop
        rows = (known.shot, known.confidence, known.contact, known.far)
        return Course(*(np.pad(row, around, mode="edge") for row in rows))

    @property
    def method(self) -> str:
        """What finds the subject in key frames."""
        return self._finder().name

    @property
    def notes(self) -> list[str]:
        """One-line remarks for the user about how the subject was found."""
        result = []
        if self._finder().is_guess:
            result.append(
                "the subject is guessed from colour and motion; for a better one: anybokeh models get subject"
            )
        confidence = self._known().course.confidence
        if not (confidence > 0).any():
            result.append("no subject stands out in this clip; give --focus a number, a point or a mask")
        lasting = [body for body in self.bodies if body.frames >= _LASTING]
        if any(body.number > 1 for body in lasting):
            listed = [
                f"subject:{one.number} at {one.x:.0%},{one.y:.0%} of frame {one.frame}" for one in lasting
            ]
            more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
            result.append("subjects: " + ", ".join(listed[:_LISTED]) + more)
        return result

    def share(self, index: int) -> np.ndarray:
        """(height, width) float32 in [0, 1], how far each pixel of the small view belongs to the subject."""
        return self._known().share(self._nearest(index))

    def parallax(self, index: int) -> np.ndarray:
        """(rows, columns) float32, what the camera's own motion shows of the background: see `parallax`."""
        return self._known().parallax(self._nearest(index))

    def read(self, index: int) -> np.ndarray:
        """(height, width) bool, True inside."""
        return self.share(index) > 0.5

    def numbers(self, index: int) -> np.ndarray:
        """(height, width) uint8, the number of the body that each pixel belongs to, 0 for none."""
        return self._known().numbers(self._nearest(index))

    @property
    def bodies(self) -> tuple[Body, ...]:
        """All that were told apart, as they were seen in time; frames count from the clip's first."""
        first = self._looked_at.start
        return tuple(replace(body, frame=body.frame + first) for body in self._known().bodies)

    def close(self) -> None:
        """Let go of the file that holds the results."""
        with self._lock:
            self._record = None
            self._resources.close()

    def __del__(self) -> None:
        self._resources.close()

    def _nearest(self, index: int) -> int:
        return min(max(index, self._looked_at.start), self._looked_at.stop - 1) - self._looked_at.start

    def _finder(self) -> Saliency:
        if self._saliency is None:
            self._saliency = load_saliency()
        return self._saliency

    def _known(self) -> Record:
        with self._lock:
            if self._record is None:
                keep = _unkept if self._key is None else partial(cached, self._key(self.method))
                file = self._resources.enter_context(keep(self._write))
                self._record = Record(file)
                self._resources.callback(self._record.close)
            return self._record

    def _write(self, file: Path) -> None:
        bodies = Bodies()
        count = write_record(file, self._look_through(bodies), lambda: bodies.known)
        expected = len(self._looked_at)
        if count < expected:
            raise InputError(
                f"the clip ends after {count} of {expected} frames; copy it into a new container (remux)"
            )

    def _look_through(self, bodies: Bodies) -> Iterator[Found]:
        shot, expected = -1, len(self._looked_at)
        views = (view(frame) for frame in self._frames())
        for done, sighting in enumerate(follow_subject(views, self._finder())):
            if done == expected:
                return
            shot += sighting.starts_shot
            found = stance(sighting.view.picture, sighting.share)
            row = (shot, sighting.confidence, found.contact, found.far)
            backward = None if sighting.link is None else sighting.link.backward
            numbers = bodies.add(done, shot, sighting.view.picture, sighting.share > 0.5, backward)
            yield sighting.share, numbers, sighting.parallax, row
            if self._progress is not None:
                self._progress(done + 1, expected)


def _found(count: int, size: tuple[int, int], looked_at: range, record: Record) -> ClipSubject:
    subject = ClipSubject(lambda: (), count, size, looked_at=looked_at)
    subject._record = record
    return subject
