"""Disparity without a depth network: the subject cut out of the picture, before a plausible scene."""

from __future__ import annotations

import threading
from typing import Any

import cv2
import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity.choose import EstimateSettings, Source
from anybokeh.disparity.official import OfficialTrack
from anybokeh.disparity.parallax_fit import Fit, cells, fit, refined, steadied
from anybokeh.disparity.scene_model import Scene, background, compose, scenes
from anybokeh.filters.guided_filter import enlarge
from anybokeh.runtime.steps import steps_of
from anybokeh.subject.clip_subject import FINDING, ClipSubject, open_subject
from anybokeh.subject.parallax import CELL

_EDGE, _CRISP = 0.4, 2.5
"""Share at which the subject's edge is taken to be: outside rather than inside, where its colours would glow;
and how much steeper the edge is than the guided filter leaves it."""


def choose_salient(info: ClipInfo, times: np.ndarray, settings: EstimateSettings) -> Source:
    """Disparity of a clip from its subject, which is looked for at the first read.

    times: (frames,) seconds of every frame of the source.
    """
    progress = steps_of(settings.progress).step(FINDING)
    disparity = SalientDisparity(open_subject(info, times, settings.shown, progress))
    return Source(disparity, (disparity.note,), steady=True, soft=True)


class SalientDisparity:
    """An estimate of disparity from the clip's subject: a `DisparitySource`.

    subject: the clip's subject; it is looked for at the first read.
    """

    name = "salient"
    official: OfficialTrack | None = None

    def __init__(self, subject: ClipSubject) -> None:
        self.count = subject.count
        self.size: tuple[int, int] | None = subject.size
        self.subject = subject
        self._lock = threading.Lock()
        self._scenes: list[Scene] | None = None
        self._shots: list[range] = []
        self._fits: dict[int, list[Fit]] = {}
        """Scenes of the shots, by their first frame, once a frame of them was read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return SalientDisparity, (self.subject,)

    @property
    def note(self) -> str:
        """What the user should know."""
        return (
            "disparity is a salient estimate, no measurement: the subject, found by "
            f"{self.subject.method}, stands on a ground plane"
        )

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        """(height, width) float32 in [0, 1], 1 nearest; at the frame's size where one is given."""
        scene, found = self._scene(index), self._fit(index)
        share = self.subject.share(index)
        if frame is not None and share.shape != frame.shape[:2]:
            # the median takes out specks where single pixels have the other side's colour
            share = cv2.medianBlur(enlarge(share, eight_bit(frame)), 5)
        share = np.clip((share - np.float32(_EDGE)) * np.float32(_CRISP) + np.float32(0.5), 0, 1)
        if found.confidence == 0:
            return compose(share, background(scene, len(share)))
        return compose(share, self._behind(index, found, frame))

    def _behind(self, index: int, found: Fit, frame: np.ndarray | None) -> np.ndarray:
        """Disparity (height, width) of the background by parallax, with edges where the frame has them."""
        behind = refined(self.subject.parallax(index), found, self._scene(index))
        height, width = self.subject.share(index).shape
        behind = cv2.resize(behind, (width, height), interpolation=cv2.INTER_LINEAR)
        if frame is not None:
            behind = np.clip(enlarge(behind, eight_bit(frame), 2 * CELL), 0, behind.max())
        return behind

    def _fit(self, index: int) -> Fit:
        with self._lock:
            shot = next(shot for shot in self._shots if index in shot)
            if shot.start not in self._fits:
                self._fits[shot.start] = steadied([self._fit_alone(each) for each in shot])
            return self._fits[shot.start][index - shot.start]

    def _fit_alone(self, index: int) -> Fit:
        assert self._scenes is not None
        parallax = self.subject.parallax(index)
        return fit(parallax, cells(self.subject.share(index), parallax.shape), self._scenes[index])

    def _scene(self, index: int) -> Scene:
        if not 0 <= index < self.count:
            raise IndexError(f"map {index} of {self.count}")
        with self._lock:
            if self._scenes is None:
                course = self.subject.course
                self._scenes, self._shots = scenes(course), course.shots
            return self._scenes[index]
