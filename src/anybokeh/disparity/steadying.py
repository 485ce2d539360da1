"""Steady disparity: scale and shift aligned over time, averaged along the motion, outlines aligned.

Each frame's result depends on a few frames to either side and on nothing else. So memory stays bounded, and a
part of a clip comes out as it does in the whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import numpy as np

from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity.averaging import consensus, corrected, correction, neighbours
from anybokeh.disparity.glimpses import Glimpse, Link, glimpse, link
from anybokeh.disparity.outlines import OutlineSettings, align_outlines
from anybokeh.disparity.recall import Sample, recall, sample
from anybokeh.errors import InputError
from anybokeh.runtime.threads import Crew
from anybokeh.shot import as_array

REACH = 3
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
    items: Iterable[tuple[T, np.ndarray, np.ndarray]], settings: SteadySettings | None = None
) -> Iterator[tuple[T, np.ndarray, np.ndarray]]:
    """As `steadied`; yields the disparity before its outlines were aligned as well."""
    settings = settings or SteadySettings()
    with Crew() as crew:
        window = _Window(crew, settings)
        for tag, picture, disparity in items:
            window.add(tag, eight_bit(picture), disparity)
            if window.ahead == REACH:
                yield window.next()
        while window.ahead >= 0:
            yield window.next()


class _Window:
    """Frames around the one that is next to be handed out.

    ahead: how many frames after it are known; -1 where there is none to hand out.
    """

    def __init__(self, crew: Crew, settings: SteadySettings) -> None:
        self._crew = crew
        self._settings = settings
        self._waiting: deque[tuple[Any, np.ndarray, np.ndarray]] = deque()
        self._views: list[Glimpse] = []
        self._links: list[Link | None] = []
        self._samples: list[Sample] = []

    @property
    def ahead(self) -> int:
        return len(self._waiting) - 1

    def add(self, tag: Any, picture: np.ndarray, disparity: np.ndarray) -> None:
        view = glimpse(picture, disparity)
        if self._views:
            self._links.append(link(self._views[-1], view))
        self._views.append(view)
        self._samples.append(sample(picture, disparity))
        self._waiting.append((tag, picture, disparity))

    def next(self) -> tuple[Any, np.ndarray, np.ndarray]:
        index = len(self._views) - len(self._waiting)
        tag, picture, disparity = self._waiting.popleft()
        view = self._views[index]
        around = neighbours(self._views, self._links, index, REACH)
        settings = self._settings
        added = correction(view, around if settings.average else ())
        calibration = consensus(view.disparity, around if settings.align else ())
        loose = disparity = corrected(disparity, view, added, calibration, self._crew)
        if settings.outlines is not None:
            sampled = [(one, self._samples[index + one.offset]) for one in around if settings.average]
            remembered = partial(recall, self._samples[index], sampled, crew=self._crew)
            disparity = align_outlines(picture, disparity, self._crew, settings.outlines, remembered)
        if index == REACH:
            del self._views[0], self._links[0], self._samples[0]
        return tag, disparity, loose


def _eight_bit(picture: np.ndarray) -> np.ndarray:
    # (3, height, width) in [0, 1] -> (height, width, 3)
    return (np.clip(picture, 0, 1).transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)
