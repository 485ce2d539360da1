"""What a focus means in one clip: whatever it is given as becomes a disparity for every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np

from anybokeh.disparity.files import DisparitySource
from anybokeh.disparity.metres import metres_of
from anybokeh.errors import InputError
from anybokeh.filters.smoothing import REACH
from anybokeh.focus.gaps import spans_text
from anybokeh.focus.mask import focus_from_masks, open_masks, paired_masks
from anybokeh.focus.point import focus_along, follow_point, small_grey
from anybokeh.focus.prompted import focus_on_prompt
from anybokeh.focus.puller import DEFAULT_SPEED, pull
from anybokeh.focus.spec import (
    AutoFocus,
    BoxFocus,
    DistanceFocus,
    FocusSpec,
    MaskFocus,
    NumberFocus,
    PointFocus,
    SubjectFocus,
)
from anybokeh.focus.subject import focus_on_subject
from anybokeh.subject.clip_subject import ClipSubject
from anybokeh.subject.video_predictor import Prompt, VideoPredictor

# Of a keyframe written with few decimals; half a millisecond is less than any frame lasts.
_TIME_SLACK = 5e-4
# Frames around that have a say in how the focus on a subject is pulled.
_AROUND = 16
_HELD = "the focus is held there"


class FocusResolver:
    """Resolves a focus for one clip; what the user should know afterwards gathers in `notes`.

    disparity: the clip's maps. times: (frames,) seconds from the first frame. displayed_size: (width, height)
    of the upright displayed frame, in which points are given. frames: opens the clip's frames in order from
    the first, RGB (height, width, 3); asked only when a point must be followed. subject: makes the clip's
    subject; asked only when the focus is on it. speed: of the focus puller, see `pull`; None moves the focus
    on points and masks just as it was measured, and the focus on subjects at the default speed. predictor:
    finds what follows points and boxes, and a line that says what it is; without, corners are followed.
    numbers: of the images that the clip is made of, by which masks are paired. After
    a focus was resolved, `confidence` is how sure it is, and `ranges` the half-width in disparity that covers
    the subject's depth: (frames,) float32 in [0, 1], NaN where nothing tells; `inside` gives
    the mask (height, width) of what it was on, by the index of a frame, None for numbers and points.
    """

    def __init__(
        self,
        disparity: DisparitySource,
        times: np.ndarray,
        displayed_size: tuple[float, float],
        frames: Callable[[], Iterable[np.ndarray]],
        subject: Callable[[], ClipSubject] | None = None,
        speed: float | None = None,
        predictor: Callable[[], tuple[VideoPredictor | None, str]] | None = None,
        numbers: Sequence[int] | None = None,
    ) -> None:
        self._numbers = numbers
        self.notes: list[str] = []
        self.inside: Callable[[int], np.ndarray] | None = None
        self.confidence = np.full(len(times), np.nan, np.float32)
        self.ranges = np.full(len(times), np.nan, np.float32)
        self._disparity = disparity
        self._times = np.asarray(times, np.float64)
        self._displayed_size = displayed_size
        self._frames = frames
        self._make_subject = subject
        self._subject: ClipSubject | None = None
        self._speed = speed
        self._find_predictor = predictor

    def __call__(self, spec: FocusSpec, frames: np.ndarray) -> np.ndarray:
        """Disparity (n,) float32 in [0, 1] of the focal plane at these frame indices; raises InputError."""
        if isinstance(spec, NumberFocus):
            self.confidence[frames] = 1
            return np.full(len(frames), spec.disparity, np.float32)
        if isinstance(spec, DistanceFocus):
            self.confidence[frames] = 1
            return np.full(len(frames), self._at_distance(spec), np.float32)
        if not len(frames):
            return np.zeros(0, np.float32)
        if isinstance(spec, SubjectFocus | AutoFocus):
            return self._on_subject(spec, frames)
        # The frames around take part, so that a part of the clip gets the values that the whole would.
        last = len(self._times) - 1
        around = range(max(0, int(frames.min()) - REACH), min(last, int(frames.max()) + REACH) + 1)
        if isinstance(spec, MaskFocus):
            masks, notes = paired_masks(open_masks(spec.path), self._numbers)
            self.notes += notes
            focus, reach, seen = focus_from_masks(
                self._disparity, masks, np.arange(around.start, around.stop), self._times
            )
            place = frames - around.start
            self.confidence[frames], self.ranges[frames] = seen[place], reach[place]
            self.inside = masks.read
            self._remark(spec, frames, ~seen[place], f"the masks are empty {{}}; {_HELD}")
        else:
            focus, around = self._follow(spec, around, frames)
        if self._speed is not None:
            focus = pull(focus, self._times[around.start : around.stop], self._speed).astype(np.float32)
        return focus[frames - around.start]

    def _at_distance(self, spec: DistanceFocus) -> float:
        metres = metres_of(self._disparity)
        if metres is None:
            raise InputError(
                f"focus {spec}: {self._disparity.name} does not tell metres; give float maps with --depth-map"
                " metric or a metric depth network, or a focus of another kind"
            )
        try:
            return metres.disparity(spec.metres)
        except InputError as error:
            raise InputError(f"focus {spec}: {error}") from None

    def _on_subject(self, spec: SubjectFocus | AutoFocus, frames: np.ndarray) -> np.ndarray:
        if self._make_subject is None:
            raise InputError(f"focus {spec}: the clip is not known here; give a number")
        if self._subject is None:
            self._subject = self._make_subject()
            self.notes += self._subject.notes
        last = len(self._times) - 1
        around = range(max(0, int(frames.min()) - _AROUND), min(last, int(frames.max()) + _AROUND) + 1)
        track = focus_on_subject(
            self._disparity,
            self._subject,
            around,
            self._times,
            fall_back=isinstance(spec, AutoFocus),
            number=spec.number if isinstance(spec, SubjectFocus) else None,
            speed=DEFAULT_SPEED if self._speed is None else self._speed,
        )
        place = frames - around.start
        self.confidence[frames], self.ranges[frames] = track.confidence[place], track.range[place]
        self.inside = self._subject.read
        if track.confidence.any():
            self._remark_subject(spec, frames)
        return track.focus[place]

    def _remark_subject(self, spec: SubjectFocus | AutoFocus, frames: np.ndarray) -> None:
        """Note where there is none: for a while within a shot, or in whole shots."""
        assert self._subject is not None
        shot, seen = self._subject.course.shot[frames], self.confidence[frames] > 0
        bare = ~np.isin(shot, shot[seen])
        mend = "(a --track with another focus at that time changes it)"
        instead = "what is nearer in the middle is in focus" if isinstance(spec, AutoFocus) else _HELD
        self._remark(spec, frames, ~seen & ~bare, f"the subject is lost {{}}; {_HELD} {mend}")
        self._remark(spec, frames, bare, f"no subject is found {{}}; {instead} {mend}")

    def _follow(
        self, spec: PointFocus | BoxFocus, around: range, frames: np.ndarray
    ) -> tuple[np.ndarray, range]:
        at = frame_at(0.0 if spec.seconds is None else spec.seconds, self._times)
        width, height = self._displayed_size
        places = np.reshape(spec.pixels(width, height), (-1, 2)) / (width, height)
        around = range(min(around.start, at), max(around.stop, at + 1))
        predictor, how = (None, "") if self._find_predictor is None else self._find_predictor()
        if how:
            self.notes.append(f"{spec}: {how}")
        lost = f"it is out of sight {{}}; {_HELD} (a --track with another point at that time mends it)"
        if predictor is not None:
            focus = self._predict(spec, places, at, around, predictor)
            self._remark(spec, frames, self.confidence[frames] == 0, lost)
            return focus, around
        greys = (small_grey(frame) for frame in islice(self._frames(), around.start, around.stop))
        middle = tuple(places.mean(axis=0).tolist())
        trajectory = follow_point(greys, middle, at - around.start, first=around.start)
        track = focus_along(self._disparity, trajectory)
        self.confidence[around.start : around.stop] = track.seen
        self._remark(spec, frames, self.confidence[frames] == 0, lost)
        return track.focus, around

    def _predict(
        self,
        spec: PointFocus | BoxFocus,
        places: np.ndarray,
        at: int,
        around: range,
        predictor: VideoPredictor,
    ) -> np.ndarray:
        corners = tuple(places.ravel().tolist())
        prompt = Prompt(box=corners) if isinstance(spec, BoxFocus) else Prompt(points=(corners,))
        frames = islice(self._frames(), around.start, around.stop)
        part = slice(around.start, around.stop)
        try:
            track = focus_on_prompt(
                self._disparity,
                frames,
                prompt,
                at - around.start,
                predictor,
                self._times[part],
                first=around.start,
            )
        except InputError as error:
            raise InputError(f"{spec}: {error}") from None
        self.confidence[part], self.ranges[part] = track.confidence, track.range
        return track.focus

    def _remark(self, spec: FocusSpec, frames: np.ndarray, missing: np.ndarray, remark: str) -> None:
        """Note when the focus at some frames has nothing to go by, unless that is only for moments.

        frames, missing: (n,). remark: with a place for when.
        """
        when = spans_text(missing, self._times[frames])
        if when is not None:
            self.notes.append(f"{spec}: {remark.format(when)}")


def frame_at(seconds: float, times: np.ndarray) -> int:
    """Index of the frame on display at a time; InputError when the clip ends before.

    times: (frames,) seconds, increasing.
    """
    last_duration = times[-1] - times[-2] if len(times) > 1 else np.inf
    if seconds >= times[-1] + last_duration + _TIME_SLACK:
        raise InputError(
            f"time {seconds:g} s: the clip ends at {times[-1] + last_duration:g} s; give an earlier time"
        )
    return max(0, int(np.searchsorted(times, seconds + _TIME_SLACK, side="right")) - 1)
