"""Finding what is hidden in a clip, frame by frame as it comes.

Each frame's result depends on REACH frames to either side and on nothing else. So memory stays bounded, and a
part of a clip comes out as it does in the whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import cv2
import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.errors import InputError
from anybokeh.hidden.gathering import BLOCK, DEPTHS, SURFACES, WORDS, Sources, gather, pack, visible_bands
from anybokeh.hidden.paths import extended, refined, step
from anybokeh.hidden.presence import presence, seen_there
from anybokeh.hidden.searching import shifts
from anybokeh.hidden.settling import settled
from anybokeh.hidden.views import View, linked, view
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Behind, as_array

OFFSETS = (1, 2, 3, 5, 7, 10)
"""How many frames away in time, before and after, it is looked for."""
REACH = OFFSETS[-1]
"""Frames to either side that a frame's result depends on."""
_LATER = 0.55
"""What a frame counts beside one that is a frame nearer in time."""
_FADE = 3
"""Frames over which what is seen at the ends of the reach fades in and out."""
_OUTLINE = 0.04
"""Difference of disparity between neighbouring pixels whose colours may be mixed."""
_GAMMA = 2.2

T = TypeVar("T")


def find_hidden(frames: Any, disparity: Any) -> tuple[Behind | None, ...]:
    """What other frames of a clip in memory saw behind the nearer surfaces of each.

    Args:
        frames: (frames, 3, height, width) in [0, 1], encoded, numpy or torch.
        disparity: (frames, height, width) in [0, 1], best steadied and repaired.

    Returns:
        One entry a frame, None where nothing is known.

    Raises:
        InputError: shapes do not match.
    """
    pictures, maps = as_array(frames), as_array(disparity)
    if pictures.ndim != 4 or pictures.shape[1] != 3 or maps.shape != pictures.shape[::2] + pictures.shape[3:]:
        expected = (*pictures.shape[:1], *pictures.shape[2:])
        raise InputError(f"disparity has shape {maps.shape}: expected {expected} for {pictures.shape} frames")
    items = (
        (None, (np.clip(picture, 0, 1).transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8), one)
        for picture, one in zip(pictures, maps, strict=True)
    )
    return tuple(behind for _, _, behind in with_hidden(items))


def with_hidden(
    items: Iterable[tuple[T, np.ndarray, np.ndarray]], wanted: Callable[[T], bool] = lambda tag: True
) -> Iterator[tuple[T, np.ndarray, Behind | None]]:
    """Find what is hidden as frames come, REACH frames ahead of what is handed out.

    Args:
        items: for each frame in order anything that goes with it, its picture (height, width, 3) of any type
            that clips have, and its disparity (height, width) float32 in [0, 1].
        wanted: whether a frame is handed out, by what goes with it; the others are only looked at.

    Yields:
        What went with the frame, its disparity, and what is behind; None where nothing is known.
    """
    window = _Window()
    waiting: deque[tuple[T, np.ndarray, bool]] = deque()
    ahead = 0
    with Crew() as crew:

        def oldest() -> Iterator[tuple[T, np.ndarray, Behind | None]]:
            tag, disparity, is_linear = waiting.popleft()
            if wanted(tag):
                yield tag, disparity, _behind(window, window.end - 1 - ahead, disparity, is_linear, crew)

        for tag, picture, disparity in items:
            waiting.append((tag, disparity, picture.dtype.kind == "f"))
            window.add(eight_bit(picture), disparity, crew)
            if ahead == REACH:
                yield from oldest()
            else:
                ahead += 1
        while waiting:
            ahead -= 1
            yield from oldest()


@dataclass(eq=False)
class _Seen:
    """A frame in the window.

    Attributes:
        view: the frame in small.
        nearby, close: which bands are seen about each node, see `presence`.
        back: motion of every band to the frame before; None where a shot begins.
        onward: motion of every band of the frame before to this one.
        paths: by the offset of another frame of the shot the path to it, and agreement.
    """

    view: View
    nearby: np.ndarray
    close: np.ndarray
    back: np.ndarray | None
    onward: np.ndarray | None
    paths: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


class _Window:
    """The last frames, with the paths between them."""

    def __init__(self) -> None:
        self.end = 0
        self._slots = 2 * REACH + 1
        self._seen: deque[_Seen] = deque(maxlen=self._slots)
        self.pictures = self.depths = self.cells = np.empty(0)
        self.counts = self.found = np.empty(0)

    def __getitem__(self, index: int) -> _Seen:
        return self._seen[index - self.end]

    def slot(self, index: int) -> int:
        """Where a frame is in `pictures`, `depths` and `cells`, see `gathering.Sources`."""
        return index % self._slots

    def add(self, picture: np.ndarray, disparity: np.ndarray, crew: Crew) -> None:
        """Add a frame; the oldest one leaves if the window is full."""
        if not self.end:
            self.counts = np.empty(disparity.shape, np.uint8)
            self.found = np.empty((*disparity.shape, SURFACES, WORDS), np.float32)
            self.pictures = np.empty((self._slots, *picture.shape), np.uint8)
            self.depths = np.empty((self._slots, *disparity.shape), np.uint16)
            self.cells = np.empty((self._slots, *(-(-side // BLOCK) for side in disparity.shape)), np.uint32)
        self.pictures[self.slot(self.end)] = picture
        depths = _depths(disparity)
        self.depths[self.slot(self.end)] = depths
        self.cells[self.slot(self.end)] = visible_bands(depths)
        sight = view(picture, disparity)
        joined = linked(self[self.end - 1].view, sight) if self.end else None
        back = onward = None
        if joined is not None:
            before = self[self.end - 1].view
            forward, backward = joined
            shift = shifts(before, sight)
            steps: dict[int, np.ndarray] = {}
            crew.run(
                _step,
                ((backward, -shift, sight, before), (forward, shift, before, sight)),
                steps,
            )
            back, onward = steps[0], steps[1]
        self._seen.append(_Seen(sight, *presence(sight.disparity), back, onward))
        self.end += 1
        self._lay_paths(crew)

    def _lay_paths(self, crew: Crew) -> None:
        """Paths between the newest frame and those before it."""
        newest = self.end - 1
        one = self[newest]
        there = back = None
        for away in range(1, min(REACH, len(self._seen) - 1) + 1):
            nearer = self[newest - away + 1]
            if nearer.back is None or one.back is None or one.onward is None:
                break
            other = self[newest - away]
            there = nearer.back if there is None else extended(there, nearer.back)
            back = one.onward if away == 1 else extended(other.paths[away - 1][0], one.onward)
            if away - 1 not in OFFSETS:
                other.paths.pop(away - 1, None)
            other.paths[away] = back, back
            if away in OFFSETS:
                one.paths[-away] = there, there
                crew.run(_refine, ((one, other, -away), (other, one, away)))
                there, back = one.paths[-away][0], other.paths[away][0]


def _step(
    thread: int,
    threads: int,
    ways: Sequence[tuple[np.ndarray, np.ndarray, View, View]],
    found: dict[int, np.ndarray],
) -> None:
    for index in range(thread, len(ways), threads):
        found[index] = step(*ways[index])


def _refine(thread: int, threads: int, pairs: Sequence[tuple[_Seen, _Seen, int]]) -> None:
    for one, other, offset in pairs[thread::threads]:
        one.paths[offset] = refined(one.paths[offset][0], one.view, other.view)


def _depths(disparity: np.ndarray) -> np.ndarray:
    square = np.ones((3, 3), np.uint8)
    mixed = cv2.dilate(disparity, square) - cv2.erode(disparity, square) >= np.float32(_OUTLINE)
    steps = (disparity * np.float32(DEPTHS) + np.float32(1.5)).astype(np.uint16)
    steps[mixed] = 0
    return steps


def _behind(window: _Window, index: int, disparity: np.ndarray, is_linear: bool, crew: Crew) -> Behind | None:
    one = window[index]
    offsets = [offset for away in OFFSETS for offset in (-away, away) if offset in one.paths]
    if not offsets:
        return None
    others = [window[index + offset] for offset in offsets]
    paths = np.empty((len(offsets), *one.paths[offsets[0]][0].shape[:3], 4), np.float32)
    crew.run(_settle, one, offsets, others, paths)
    seen = [seen_there(one.nearby, other.close, path) for other, path in zip(others, paths, strict=True)]
    away = np.abs(np.array(offsets, np.float32))
    sources = Sources(
        np.array([window.slot(index + offset) for offset in offsets]),
        np.stack(seen),
        np.float32(_LATER) ** (away - 1),
        np.clip((REACH + 1 - away) / _FADE, 0, 1),
        paths,
        window.pictures,
        window.depths,
        window.cells,
    )
    scale = one.view.disparity.shape[1] / disparity.shape[1]
    crew.run(gather, disparity, scale, sources, window.counts, window.found)
    return _sparse(window.counts, window.found, is_linear)


def _settle(
    thread: int, threads: int, one: _Seen, offsets: Sequence[int], others: Sequence[_Seen], out: np.ndarray
) -> None:
    for index in range(thread, len(offsets), threads):
        offset = offsets[index]
        out[index] = settled(one.paths[offset][0], *others[index].paths[-offset])


def _sparse(counts: np.ndarray, found: np.ndarray, is_linear: bool) -> Behind | None:
    per_row = counts.sum(axis=1, dtype=np.int32)
    begins = np.concatenate([np.zeros(1, np.int32), np.cumsum(per_row, dtype=np.int32)])
    if not begins[-1]:
        return None
    x, values = np.empty(begins[-1], np.int32), np.empty((begins[-1], WORDS), np.float32)
    pack(counts, found, begins, x, values)
    colour = np.ascontiguousarray(values[:, :3])
    if is_linear:
        colour **= np.float32(_GAMMA)
    return Behind(begins, x, colour, values[:, 3].copy(), values[:, 4].copy())
