"""Following the subject through a clip: the network on key frames, motion in between.

Frames come in order and leave LOOK_AHEAD frames later; memory is bounded by these. A frame's result depends
on the frames before it in its shot and on LOOK_AHEAD after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

import cv2
import numpy as np

from anybokeh.filters.guided_filter import Guide
from anybokeh.subject.evidence import filled, liveliness, log_odds, movers, probability, weigh
from anybokeh.subject.motion import Link, along, departure, link, stands, strangeness
from anybokeh.subject.parallax import Shift, map_shape, parallax, shift
from anybokeh.subject.parts import main_part
from anybokeh.subject.saliency import Saliency
from anybokeh.subject.second_look import SMALL, look_again
from anybokeh.subject.views import View

LOOK_AHEAD = 16
"""Frames that must be known after one before it is handed out."""
KEY_STEP = 6
"""Frames from one run of the network to the next."""
_OFFSETS = (-16, -12, -8, -5, 5, 8, 12, 16)
"""Frames whose background is compared."""
_BEFORE, _NEXT = 2.0, 1.0
"""What the key before and the next one count against a key of its own."""
_BOTH = 0.3
"""Share of frames, before and after, from which a lacking colour counts in full."""
_CALM = 0.85
"""Share of the former liveliness that stays from frame to frame."""
_MEMORY = 0.5
"""Weight of the frame before, where the flow from it can be trusted."""
_TRUSTED = 20.0
"""Levels of colour by which a trusted pixel changes at most, about."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """The subject in one frame.

    Attributes:
        view: the small view in which it was looked for.
        share: (height, width) float32 in [0, 1], how far each pixel belongs to the subject.
        confidence: [0, 1]; 0 where there is no subject.
        starts_shot: whether the frame is the first after a cut.
        link: to the frame before, of the same shot.
        parallax: (rows, columns) float32 of the background, see `parallax`; 0 where nothing tells.
    """

    view: View
    share: np.ndarray
    confidence: float
    starts_shot: bool
    link: Link | None
    parallax: np.ndarray


@dataclass(eq=False)
class _Waiting:
    view: View
    shot: int
    place: int
    """Frames since the shot's first."""
    before: Link | None
    key: np.ndarray | None = None
    closer: np.ndarray | None = None
    """The key after a second look at what moves."""
    agreed: np.ndarray | None = None
    """The key in the light of its neighbours, once it was needed."""
    after: Link | None = field(default=None)
    shift: Shift | None = None
    """The parallax that the link before shows."""


def follow_subject(views: Iterable[View], saliency: Saliency) -> Iterator[Sighting]:
    """Find the subject in every frame.

    views: consecutive frames in order. Yields one sighting a frame.
    """
    follower = _Follower(saliency)
    for view in views:
        follower.add(view)
        if follower.ahead >= LOOK_AHEAD:
            yield follower.next()
    while follower.ahead >= 0:
        yield follower.next()


class _Follower:
    """Frames around the one that is next to be handed out."""

    def __init__(self, saliency: Saliency) -> None:
        self._saliency = saliency
        self._frames: deque[_Waiting] = deque()
        self._next = 0
        self._rough: np.ndarray | None = None
        self._lively: float | None = None
        self._last: np.ndarray | None = None
        self._parallax: np.ndarray | None = None

    @property
    def ahead(self) -> int:
        return len(self._frames) - self._next - 1

    def add(self, view: View) -> None:
        last = self._frames[-1] if self._frames else None
        former = self._rough
        connection = None if last is None else link(last.view, view, self._rough)
        if last is None or connection is None:
            frame = _Waiting(view, 0 if last is None else last.shot + 1, 0, None)
        else:
            last.after = connection
            frame = _Waiting(view, last.shot, last.place + 1, connection)
        if frame.place % KEY_STEP == 0:
            frame.key = self._look(view)
            self._rough = frame.key
        elif connection is not None and self._rough is not None:
            self._rough = along(self._rough, connection.backward)
        if connection is not None and former is not None and self._rough is not None:
            frame.shift = shift(connection, former, self._rough)
        self._frames.append(frame)

    def _look(self, view: View) -> np.ndarray:
        if view.is_blank:
            return np.zeros(view.grey.shape, np.float32)
        found = self._saliency(view.close)
        return (
            found
            if found.shape == view.grey.shape
            else cv2.resize(found, view.size, None, 0, 0, cv2.INTER_AREA)
        )

    def next(self) -> Sighting:
        frame = self._frames[self._next]
        starts = frame.place == 0
        if starts:
            self._lively, self._last, self._parallax = None, None, None
        for index in range(self._next, min(self._next + KEY_STEP + 1, len(self._frames))):
            if self._frames[index].shot == frame.shot:
                self._look_again(index)
        found = self._found()
        moving = departure(frame.before, frame.after)
        strange = self._strange(self._next, moving)
        former = None
        if self._last is not None and frame.before is not None:
            former = along(self._last, frame.before.backward)
        odds = self._odds(found, strange, moving, former, stands(frame.before, frame.after))
        guide = Guide(frame.view.picture)
        share = probability(guide.filter(log_odds(probability(odds), 0.05)) * 1.5)
        if self._last is not None and frame.before is not None:
            share = self._with_memory(frame, share)
        share, confidence = main_part(share.astype(np.float32), found)
        self._last = share
        self._parallax = parallax(*self._shifts(), self._parallax)
        if self._next >= LOOK_AHEAD + KEY_STEP:
            self._frames.popleft()
        else:
            self._next += 1
        deep = self._parallax
        if deep is None:
            deep = np.zeros(map_shape(*share.shape), np.float32)
        return Sighting(frame.view, share, confidence, starts, frame.before, deep)

    def _shifts(self) -> tuple[list[Shift], list[Shift]]:
        """The links of the shot before the frame and after it, the nearest first."""
        near = list(self._frames)[max(0, self._next - LOOK_AHEAD + 1) : self._next + LOOK_AHEAD + 1]
        place = min(self._next, LOOK_AHEAD - 1)
        before = [one.shift for one in near[place::-1]]
        after = [one.shift for one in near[place + 1 :]]
        return _up_to_cut(before), _up_to_cut(after)

    def _odds(
        self,
        found: np.ndarray,
        strange: np.ndarray | None,
        moving: np.ndarray | None,
        former: np.ndarray | None,
        stands: bool,
    ) -> np.ndarray:
        if strange is None or moving is None:
            return weigh(found, None, None, 0.0)
        lively = liveliness(found, strange, moving)
        if self._lively is not None:
            lively = _CALM * self._lively + (1 - _CALM) * lively
        self._lively = lively
        return weigh(found, strange, moving, lively, former, camera_stands=stands)

    def _found(self) -> np.ndarray:
        """What the network found in the key frames around, carried to this frame along the flow."""
        frame = self._frames[self._next]
        earlier, distance_back = self._carried(-1)
        later, distance_ahead = self._carried(1)
        if later is None or distance_back == 0:
            return np.zeros(frame.view.grey.shape, np.float32) if earlier is None else earlier
        if earlier is None:
            return later
        weight = distance_back / (distance_back + distance_ahead)
        return (1 - weight) * earlier + weight * later

    def _carried(self, step: int) -> tuple[np.ndarray | None, int]:
        """The nearest key in one direction within the shot, carried here, and its distance in frames."""
        index, shot = self._next, self._frames[self._next].shot
        while 0 <= index < len(self._frames) and self._frames[index].shot == shot:
            if self._frames[index].key is not None:
                result = self._agreed(index)
                distance = abs(index - self._next)
                for place in range(index, self._next, -step):
                    connection = self._frames[place].after if step < 0 else self._frames[place].before
                    assert connection is not None
                    result = along(result, connection.backward if step < 0 else connection.forward)
                return result, distance
            index += step
        return None, 0

    def _agreed(self, index: int) -> np.ndarray:
        """What the network says in a key frame, in the light of what it said before and says next.

        It may miss a subject in one frame, or take what is behind for a part of it, but seldom in several.
        """
        frame = self._frames[index]
        if frame.agreed is None:
            assert frame.key is not None
            votes, voters = frame.key.copy(), np.ones_like(frame.key)
            for step in (-1, 1):
                other = self._neighbour(index, step)
                if other is None:
                    continue
                key, picture = other
                trust = _trust(picture, frame.view.picture) * (_BEFORE if step < 0 else _NEXT)
                votes += trust * key
                voters += trust
            # what was seen from close needs no other's word
            frame.agreed = votes / voters
            if frame.closer is not None:
                frame.agreed = np.maximum(frame.agreed, np.where(frame.closer > frame.key, frame.closer, 0))
        return frame.agreed

    def _neighbour(self, index: int, step: int) -> tuple[np.ndarray, np.ndarray] | None:
        """The next key in one direction and its picture, carried here along the flow."""
        place = index + step * KEY_STEP
        if not 0 <= place < len(self._frames) or self._frames[place].shot != self._frames[index].shot:
            return None
        other = self._frames[place]
        key = other.agreed if step < 0 and other.agreed is not None else other.key
        assert key is not None
        values = np.dstack([other.view.picture.astype(np.float32), key])
        for there in range(place, index, -step):
            connection = self._frames[there].after if step < 0 else self._frames[there].before
            assert connection is not None
            values = along(values, connection.backward if step < 0 else connection.forward)
        return values[..., 3], values[..., :3]

    def _look_again(self, index: int) -> None:
        """Give a key frame a second look, once, at what moves there and was not found."""
        frame = self._frames[index]
        if frame.key is None or frame.closer is not None:
            return
        frame.closer = frame.key
        moving = departure(frame.before, frame.after)
        strange = self._strange(index, moving)
        if strange is not None and moving is not None:
            apart = movers(filled(strange, moving), moving, SMALL)
            frame.closer = look_again(frame.view, self._saliency, frame.key, apart)

    def _strange(self, index: int, moving: np.ndarray | None) -> np.ndarray | None:
        """Share of other frames that lack a pixel's colour; about 0 where those of one side in time have it.

        A background that is covered later was seen before, and the other way round. At a shot's ends, where
        one side is all there is, it counts where something moves.
        """
        picture = self._frames[index].view.picture
        sides = [strangeness(picture, self._others(index, step)) for step in (-1, 1)]
        known = [side for side in sides if side is not None]
        if not known or moving is None:
            return None
        if len(known) == 2:
            return sum(known) / 2 * np.clip(np.minimum(*known) / _BOTH, 0, 1)
        return known[0] * np.minimum(moving, 1)

    def _others(self, index: int, direction: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Other frames of the shot in one direction of time, each with the homography that leads there."""
        result = []
        here, homography = self._frames[index], np.eye(3)
        for distance in range(1, max(_OFFSETS) + 1):
            step = here.after if direction > 0 else here.before
            there = index + direction * distance
            if step is None or not 0 <= there < len(self._frames):
                break
            matrix = step.dominant if direction > 0 else np.linalg.inv(step.dominant)
            here, homography = self._frames[there], matrix @ homography
            if direction * distance in _OFFSETS:
                result.append((here.view.picture, homography))
        return result

    def _with_memory(self, frame: _Waiting, share: np.ndarray) -> np.ndarray:
        """The share, steadied by that of the frame before where the flow from there can be trusted."""
        assert frame.before is not None and self._last is not None
        flow = frame.before.backward
        former = self._frames[self._next - 1].view.picture
        trust = _MEMORY * _trust(along(former, flow), frame.view.picture)
        return share + trust * (along(self._last, flow) - share)


def _trust(carried: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """How far what was carried here may be trusted, (height, width) in [0, 1], by its colours."""
    difference = cv2.absdiff(carried, picture.astype(carried.dtype)).max(axis=2).astype(np.float32)
    return np.exp(-((difference / _TRUSTED) ** 2))


def _up_to_cut(shifts: list[Shift | None]) -> list[Shift]:
    return [one for one in takewhile(lambda one: one is not None, shifts) if one is not None]
