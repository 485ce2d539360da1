"""Steady disparity: scale and shift aligned over time, averaged along the motion, outlines aligned.

Each frame's result depends on a few frames to either side and on nothing else. So memory stays bounded, and a
part of a clip comes out as it does in the whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import Any, TypeVar

import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity import aligning, stillness
from anybokeh.disparity.aligning import consensus
from anybokeh.disparity.averaging import Neighbour, corrected, correction, neighbours
from anybokeh.disparity.glimpses import Calibration, Flows, Glimpse, Link, glimpse, link
from anybokeh.disparity.outlines import OutlineSettings, align_outlines
from anybokeh.disparity.packing import packed, unpacked
from anybokeh.disparity.recall import Sample, recall, sample
from anybokeh.disparity.still_memory import Memory, Remembered, Standing
from anybokeh.errors import InputError
from anybokeh.filters.windows import windows
from anybokeh.runtime.threads import Crew
from anybokeh.shot import as_array

REACH = aligning.REACH + stillness.REACH
"""Frames to either side that a frame's result depends on."""

T = TypeVar("T")


@dataclass(frozen=True)
class SteadySettings:
    """What steadying does.

    Attributes:
        align: bring every frame's scale and shift in line with those around it.
        average: average over time along the motion.
        outlines: how outlines are brought onto those of objects; None leaves them.
    """

    align: bool = True
    average: bool = True
    outlines: OutlineSettings | None = field(default_factory=OutlineSettings)


def steady(frames: Any, disparity: Any, settings: SteadySettings | None = None) -> Any:
    """Make the disparity of a clip steady.

    Examples:
        >>> disparity = steady(frames, disparity)

    Args:
        frames: (frames, 3, height, width) in [0, 1], numpy or torch.
        disparity: (frames, height, width) in [0, 1].

    Returns:
        (frames, height, width) float32 in [0, 1], of the kind that `disparity` was. Disparity that is already
        steady and sharp is returned as it is, but for a few pixels.

    Raises:
        InputError: shapes do not match or values lie outside their range.
    """
    return steady_both(frames, disparity, settings)[0]


def steady_both(frames: Any, disparity: Any, settings: SteadySettings | None = None) -> tuple[Any, Any]:
    """As `steady`, and with it disparity before its outlines were aligned, which repair looks at as well."""
    pictures, maps = as_array(frames), as_array(disparity)
    if (
        pictures.ndim != 4
        or pictures.shape[1] != 3
        or pictures.shape[0::2] != maps.shape[:2]
        or (maps.shape != (pictures.shape[0], *pictures.shape[2:]))
    ):
        raise InputError(
            f"frames have shape {pictures.shape} and disparity {maps.shape}: expected "
            "(frames, 3, height, width) and (frames, height, width)"
        )
    if maps.size and not (maps.min() >= -1e-6 and maps.max() <= 1 + 1e-6):
        raise InputError(f"disparity runs from {maps.min():g} to {maps.max():g}: expected [0, 1] without NaN")
    if not len(maps):
        return disparity, disparity
    items = ((None, _eight_bit(picture), one) for picture, one in zip(pictures, maps, strict=True))
    found = [both for _, *both in steadied_both(items, settings)]
    aligned, loose = (np.stack(one) for one in zip(*found, strict=True))
    if hasattr(disparity, "detach"):
        import torch

        device = disparity.device
        return torch.from_numpy(aligned).to(device), torch.from_numpy(loose).to(device)
    return aligned, loose


def steadied(
    items: Iterable[tuple[T, np.ndarray, np.ndarray]], settings: SteadySettings | None = None
) -> Iterator[tuple[T, np.ndarray]]:
    """Make disparity steady as it comes, REACH frames ahead of what is handed out.

    Args:
        items: for each frame in order anything that goes with it, its picture (height, width, 3) of any type
            that clips have, and its disparity (height, width) float32 in [0, 1].

    Yields:
        What went with the frame, and its steady disparity.
    """
    for tag, disparity, _ in steadied_both(items, settings):
        yield tag, disparity


def steadied_both(
    items: Iterable[tuple[T, np.ndarray, np.ndarray]],
    settings: SteadySettings | None = None,
    wanted: Callable[[T], bool] = lambda tag: True,
    flows: Flows | None = None,
) -> Iterator[tuple[T, np.ndarray, np.ndarray]]:
    """As `steadied`; yields the disparity before its outlines were aligned as well.

    wanted: whether a frame is handed out, by what goes with it; the others are only looked at.
    flows: where optical flow is kept for others.
    """
    settings = settings or SteadySettings()
    waiting: deque[tuple[T, np.ndarray, np.ndarray]] = deque()
    frames = _seen(items, waiting, flows or Flows())
    if settings.align:
        frames = _aligned(frames)
    with Crew() as crew:
        for around, index in windows(frames, stillness.REACH):
            tag, picture, disparity = waiting.popleft()
            if wanted(tag):
                yield tag, *_steady(picture, unpacked(disparity), around, index, settings, crew)


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a frame and those around it want to know of it.

    Attributes:
        view: the frame in small.
        sample: points of it.
        memory: its disparity as it was given.
        link: to the frame before, None where a shot begins.
        calibration: brings its disparity in line with the frames around; view, sample and link are already.
    """

    view: Glimpse
    sample: Sample
    memory: Remembered
    link: Link | None
    calibration: Calibration = field(default_factory=Calibration)


def _seen(
    items: Iterable[tuple[T, np.ndarray, np.ndarray]],
    waiting: deque[tuple[T, np.ndarray, np.ndarray]],
    flows: Flows,
) -> Iterator[_Seen]:
    """Look at frames as they come; they wait until those after them are known."""
    memory = Memory(ahead=aligning.REACH)
    before: Glimpse | None = None
    for tag, picture, disparity in items:
        picture = eight_bit(picture)
        waiting.append((tag, picture, packed(disparity)))
        view = glimpse(picture, disparity)
        joined = None if before is None else link(before, view, flows)
        remembered = memory.add(view, disparity, new_shot=joined is None)
        yield _Seen(view, sample(picture, disparity), remembered, joined)
        before = view


def _aligned(frames: Iterable[_Seen]) -> Iterator[_Seen]:
    before = Calibration()
    for around, index in windows(frames, aligning.REACH):
        one = around[index]
        found = consensus(one.view.disparity, *_links(around, index))
        joined = one.link
        if joined is not None:
            joined = replace(joined, calibration=before.after(joined.calibration).after(found.inverse()))
        view = replace(one.view, disparity=found(one.view.disparity))
        points = one.sample._replace(disparity=found(one.sample.disparity))
        yield replace(one, view=view, sample=points, link=joined, calibration=found)
        before = found


def _steady(
    picture: np.ndarray,
    given: np.ndarray,
    around: Sequence[_Seen],
    index: int,
    settings: SteadySettings,
    crew: Crew,
) -> tuple[np.ndarray, np.ndarray]:
    """Steady disparity of a frame, with and without outlines aligned, by what is around it."""
    one = around[index]
    near: list[Neighbour] = []
    if settings.average:
        near = neighbours([frame.view for frame in around], [frame.link for frame in around[1:]], index)
        before, after = (len(links) for links in _links(around, index))
        standing = Standing([frame.memory for frame in around[index - before : index + after + 1]], before)
        added = correction(one.view, near) * (1 - standing.share)
        disparity = corrected(given, one.view, added, one.calibration, crew)
        disparity = standing.average(disparity, given, crew)
    else:
        disparity = corrected(given, one.view, np.zeros_like(one.view.disparity), one.calibration, crew)
    loose = disparity
    if settings.outlines is not None:
        sampled = [(other, around[index + other.offset].sample) for other in near]
        remembered = partial(recall, one.sample, sampled, crew=crew)
        disparity = align_outlines(picture, disparity, crew, settings.outlines, remembered)
    return disparity, loose


def _links(around: Sequence[_Seen], index: int) -> tuple[list[Link], list[Link]]:
    """Links that lead back from a frame and on from it, the nearest first, as far as the shot goes."""
    before, after = (reversed(around[1 : index + 1]), around[index + 1 :])
    return _unbroken(one.link for one in before), _unbroken(one.link for one in after)


def _unbroken(links: Iterable[Link | None]) -> list[Link]:
    return [one for one in takewhile(lambda one: one is not None, links) if one is not None]


def _eight_bit(picture: np.ndarray) -> np.ndarray:
    # (3, height, width) in [0, 1] -> (height, width, 3)
    return (np.clip(picture, 0, 1).transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)
