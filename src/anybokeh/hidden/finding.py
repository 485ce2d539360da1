"""Finding what is hidden in a clip, frame by frame as it comes.

Each frame's result depends on REACH frames to either side and on nothing else. So memory stays bounded, and a
part of a clip comes out as it does in the whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity.glimpses import Flows
from anybokeh.errors import InputError
from anybokeh.hidden.exposure import combined, gain_between
from anybokeh.hidden.gathering import SURFACES, WORDS, Sources, gather, pack
from anybokeh.hidden.lamps import light_behind, lit
from anybokeh.hidden.paths import extended, poorly_explained, refined, step_by_flow, step_by_shift
from anybokeh.hidden.presence import presence, seen_there
from anybokeh.hidden.searching import shifts
from anybokeh.hidden.settling import settled
from anybokeh.hidden.squares import BLOCK, bands_behind, look
from anybokeh.hidden.views import View, brightened, linked, view
from anybokeh.runtime.sparse_memory import sparse
from anybokeh.runtime.threads import Crew
from anybokeh.shot import Behind, as_array

if TYPE_CHECKING:
    from anybokeh.repair.lamp_light import Light

OFFSETS = (1, 2, 3, 5, 7, 10)
"""How many frames away in time, before and after, it is looked for."""
REACH = OFFSETS[-1]
"""Frames to either side that a frame's result depends on."""
_LATER = 0.55
"""What a frame counts beside one that is a frame nearer in time."""
_FADE = 3
"""Frames over which what is seen at the ends of the reach fades in and out."""
_GAMMA = 2.2

T = TypeVar("T")


def find_hidden(
    frames: Any, disparity: Any, lights: Sequence[Light | None] | None = None
) -> tuple[Behind | None, ...]:
    """What other frames of a clip in memory saw behind the nearer surfaces of each.

    Args:
        frames: (frames, 3, height, width) in [0, 1], encoded, numpy or torch.
        disparity: (frames, height, width) in [0, 1], best steadied and repaired.
        lights: of the lamps of each frame, where they are known.

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
        (index, (np.clip(picture, 0, 1).transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8), one)
        for index, (picture, one) in enumerate(zip(pictures, maps, strict=True))
    )
    light_of = (lambda index: None) if lights is None else lights.__getitem__
    return tuple(behind for _, _, behind in with_hidden(items, light_of=light_of))


def with_hidden(
    items: Iterable[tuple[T, np.ndarray, np.ndarray]],
    wanted: Callable[[T], bool] = lambda tag: True,
    flows: Flows | None = None,
    light_of: Callable[[T], Light | None] = lambda tag: None,
) -> Iterator[tuple[T, np.ndarray, Behind | None]]:
    """Find what is hidden as frames come, REACH frames ahead of what is handed out.

    Args:
        items: for each frame in order anything that goes with it, its picture (height, width, 3) of any type
            that clips have, or 4 with alpha, and its disparity (height, width) float32 in [0, 1].
        wanted: whether a frame is handed out, by what goes with it; the others are only looked at.
        flows: where optical flow is kept for others.
        light_of: the light of a frame's lamps, by what goes with it.

    Yields:
        What went with the frame, its disparity, and what is behind; None where nothing is known.
    """
    window = _Window(flows or Flows())
    waiting: deque[tuple[T, np.ndarray, bool]] = deque()
    ahead = 0
    with Crew() as crew:

        def oldest() -> Iterator[tuple[T, np.ndarray, Behind | None]]:
            tag, disparity, is_linear = waiting.popleft()
            if wanted(tag):
                yield tag, disparity, _behind(window, window.end - 1 - ahead, disparity, is_linear, crew)

        for tag, picture, disparity in items:
            waiting.append((tag, disparity, picture.dtype.kind == "f"))
            window.add(_eight_bit(picture), disparity, light_of(tag), crew)
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
        light: of its lamps.
        near: of its squares, see `squares.look`.
        nearby, close: which bands are seen about each node, see `presence`.
        back: motion of every band to the frame before; None where a shot begins.
        onward: motion of every band of the frame before to this one.
        gain: what brings colours of the frame before in line with those of this one.
        paths: by the offset of another frame of the shot the path to it, and agreement.
    """

    view: View
    light: Light | None
    near: np.ndarray
    nearby: np.ndarray
    close: np.ndarray
    back: np.ndarray | None
    onward: np.ndarray | None
    gain: np.ndarray
    paths: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


class _Window:
    """The last frames, with the paths between them."""

    def __init__(self, flows: Flows) -> None:
        self.end = 0
        self._flows = flows
        self._slots = 2 * REACH + 1
        self._seen: deque[_Seen] = deque(maxlen=self._slots)
        self._pictures: deque[np.ndarray] = deque(maxlen=self._slots)
        self.depths = self.cells = np.empty(0)
        self.counts: np.ndarray = np.empty(0)

    def __getitem__(self, index: int) -> _Seen:
        return self._seen[index - self.end]

    def slot(self, index: int) -> int:
        """Where a frame is in `depths` and `cells`, see `gathering.Sources`."""
        return index % self._slots

    @property
    def has_alpha(self) -> bool:
        """Whether pictures have an alpha channel."""
        return self._pictures[-1].shape[2] == 4

    def pictures(self, indices: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Of these frames, in their order; filled up, as kernels are compiled for a number of them."""
        chosen = [self._pictures[index - self.end] for index in indices]
        return (*chosen, *chosen[:1] * (2 * len(OFFSETS) - len(chosen)))

    def gain(self, index: int, other: int) -> np.ndarray:
        """(3,) float32: what brings colours of another frame in line with those of this one."""
        gain = combined([self[at].gain for at in range(max(index, other), min(index, other), -1)])
        return gain if other < index else 1 / gain

    def add(self, picture: np.ndarray, disparity: np.ndarray, light: Light | None, crew: Crew) -> None:
        """Add a frame; the oldest one leaves if the window is full."""
        if not self.end:
            self.counts = np.empty(disparity.shape, np.uint8)
            self.depths = np.empty((self._slots, *disparity.shape), np.uint16)
            self.cells = np.empty((self._slots, *(-(-side // BLOCK) for side in disparity.shape)), np.uint32)
        # kernels take arrays of one kind alone
        self._pictures.append(np.require(picture, requirements=["C", "W"]))
        sight = view(picture[..., :3], disparity)
        scale = sight.disparity.shape[1] / disparity.shape[1]
        slot = self.slot(self.end)
        near = look(disparity, scale, crew, self.depths[slot], self.cells[slot])
        joined = linked(self[self.end - 1].view, sight, self._flows) if self.end else None
        back = onward = None
        gain = np.ones(3, np.float32)
        if joined is not None:
            before = self[self.end - 1].view
            forward, backward = joined
            gain = gain_between(sight.picture, before.picture, backward)
            before = brightened(before, combined([gain]))
            steps: dict[int, _Step] = {}
            ways = (backward, sight, before), (forward, before, sight)
            crew.run(_by_flow, ways, steps)
            bands = poorly_explained(steps[0][1]) | poorly_explained(steps[1][1])
            if bands:
                shift = shifts(before, sight, bands, crew)
                crew.run(_by_shift, ways, (-shift, shift), bands, steps)
            back, onward = steps[0][0], steps[1][0]
        nearby, close = presence(sight.disparity)
        nearby &= bands_behind(near, scale, *nearby.shape)
        self._seen.append(_Seen(sight, light, near, nearby, close, back, onward, gain))
        self.end += 1
        self._lay_paths(crew)

    def _lay_paths(self, crew: Crew) -> None:
        """Paths between the newest frame and those before it."""
        before = [self[index] for index in range(self.end - 2, self.end - len(self._seen) - 1, -1)]
        crew.run(_lay, self[self.end - 1], before)


def _lay(thread: int, threads: int, one: _Seen, before: Sequence[_Seen]) -> None:
    """Paths from a frame to those before it, the nearest first, and from those to it."""
    for way in range(thread, 2, threads):
        lay = _back if way == 0 else _onward
        lay(one, before)


def _back(one: _Seen, before: Sequence[_Seen]) -> None:
    path, step = None, one.back
    gain, gains = one.gain, []
    for away, other in enumerate(before[:REACH], 1):
        if step is None:
            return
        path = step if path is None else extended(path, step)
        gains.append(gain)
        gain = other.gain
        if away in OFFSETS:
            one.paths[-away] = refined(path, one.view, brightened(other.view, combined(gains)))
            path = one.paths[-away][0]
        step = other.back


def _onward(one: _Seen, before: Sequence[_Seen]) -> None:
    if one.onward is None:
        return
    gain, gains = one.gain, []
    for away, other in enumerate(before[:REACH], 1):
        path = one.onward if away == 1 else extended(other.paths[away - 1][0], one.onward)
        gains.append(gain)
        gain = other.gain
        other.paths[away] = path, path
        if away in OFFSETS:
            other.paths[away] = refined(path, brightened(other.view, combined(gains)), one.view)
        if away - 1 not in OFFSETS:
            other.paths.pop(away - 1, None)
        if other.back is None:
            return


_Step = tuple[np.ndarray, np.ndarray]
"""Motion of every band, and agreement."""
_Way = tuple[np.ndarray, View, View]
"""Flow, and the views that it leads from and to."""


def _by_flow(thread: int, threads: int, ways: Sequence[_Way], steps: dict[int, _Step]) -> None:
    for index in range(thread, len(ways), threads):
        steps[index] = step_by_flow(*ways[index])


def _by_shift(
    thread: int,
    threads: int,
    ways: Sequence[_Way],
    shift: Sequence[np.ndarray],
    bands: int,
    steps: dict[int, _Step],
) -> None:
    for index in range(thread, len(ways), threads):
        path, agreement = steps[index]
        steps[index] = step_by_shift(path, agreement, shift[index], bands, *ways[index][1:]), agreement


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
        np.stack([window.gain(index, index + offset) for offset in offsets]),
        np.float32(_LATER) ** (away - 1),
        np.clip((REACH + 1 - away) / _FADE, 0, 1),
        paths,
        window.pictures([index + offset for offset in offsets]),
        window.depths,
        window.cells,
    )
    scale = one.view.disparity.shape[1] / disparity.shape[1]
    # most pixels hide nothing that blur may reveal
    found = sparse((*disparity.shape, SURFACES, WORDS), np.uint16)
    crew.run(gather, disparity, one.near, scale, sources, window.counts, found)
    behind = _packed(window, found, is_linear, crew)
    del found
    lamps = lit([other.light for other in others], len(disparity))
    if behind is None or lamps is None:
        return behind
    gain = np.empty_like(behind.colour)
    kept = behind.begins, behind.x, behind.colour, behind.disparity
    crew.run(light_behind, *kept, scale, sources, lamps, gain)
    return replace(behind, gain=gain)


def _settle(
    thread: int, threads: int, one: _Seen, offsets: Sequence[int], others: Sequence[_Seen], out: np.ndarray
) -> None:
    for index in range(thread, len(offsets), threads):
        offset = offsets[index]
        out[index] = settled(one.paths[offset][0], *others[index].paths[-offset], one.nearby)


def _packed(window: _Window, found: np.ndarray, is_linear: bool, crew: Crew) -> Behind | None:
    per_row = window.counts.sum(axis=1, dtype=np.int32)
    begins = np.concatenate([np.zeros(1, np.int32), np.cumsum(per_row, dtype=np.int32)])
    samples = int(begins[-1])
    if not samples:
        return None
    x, colour = np.empty(samples, np.int32), np.empty((samples, 3), np.float32)
    disparity, confidence, alpha = np.empty((3, samples), np.float32)
    crew.run(pack, window.counts, found, begins, x, colour, disparity, confidence, alpha)
    if is_linear:
        colour **= np.float32(_GAMMA)
    has_alpha = window.has_alpha
    return Behind(begins, x, colour, disparity, confidence, alpha if has_alpha else None)


def _eight_bit(picture: np.ndarray) -> np.ndarray:
    if picture.shape[2] == 3:
        return eight_bit(picture)
    alpha = picture[..., 3:]
    # never encoded, as light is
    plain = (
        (np.clip(alpha, 0, 1) * 255 + 0.5).astype(np.uint8) if alpha.dtype.kind == "f" else eight_bit(alpha)
    )
    return np.dstack([eight_bit(picture[..., :3]), plain])
