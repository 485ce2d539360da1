"""Disparity estimated from the clip itself, whatever estimates it.

An estimator looks at the frames in order and gives for each how near things are, on a scale of its own. The
whole clip is gone through once, with a few frames in memory; the maps are kept on disk and normalised once
for the clip, never frame by frame, which would flicker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from anybokeh.clip import ClipInfo, open_again
from anybokeh.clip.eight_bit import eight_bit
from anybokeh.disparity.files import FileDisparity
from anybokeh.disparity.metres import Metres
from anybokeh.runtime.cache import cached, clip_key
from anybokeh.runtime.map_file import VERSION, MapFile, write_maps
from anybokeh.runtime.steps import Progress


class Estimator(Protocol):
    """Something that estimates from pictures how near things are.

    name: what reports call it. identity: names everything that its results depend on, for the cache. One
    whose maps are 1 / metres says so by an attribute `metric` that is True.
    """

    @property
    def name(self) -> str: ...
    @property
    def identity(self) -> str: ...

    def estimate(self, pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """One map for every picture, in order.

        Args:
            pictures: (height, width, 3) uint8 RGB, all of one size. They come from a decoder: an estimator
                keeps only as many as it needs at a time.

        Yields:
            (height, width) float32, nearer is larger, on any scale that is one for the whole clip; smaller
            than the picture if need be, of about its aspect ratio. All maps have one size.
        """
        ...


class EstimatedDisparity(FileDisparity):
    """A DisparitySource over estimated maps. Closing deletes them if they could not be kept.

    metric: whether they are 1 / metres.
    """

    def __init__(self, maps: MapFile, resources: ExitStack, edges: bool = True, metric: bool = False) -> None:
        super().__init__(maps, edges=edges)
        self.size = None
        self._resources = resources
        self._limits_in_file = maps.limits
        self._metric = metric

    @property
    def metres(self) -> Metres | None:
        """The scale, where a network tells metres."""
        return Metres(*self._limits_in_file) if self._metric else None

    def __reduce__(self) -> tuple[Any, ...]:
        """For other processes, which have nothing to delete."""
        return EstimatedDisparity, (self._maps, ExitStack(), self.edges, self._metric)

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        """As of any source; networks may round the aspect ratio as they like."""
        disparity = super().read(index)
        if frame is None or disparity.shape == frame.shape[:2]:
            return disparity
        from anybokeh.disparity.resize import resize_disparity

        return resize_disparity(disparity, frame, edges=self.edges)

    def close(self) -> None:
        self._resources.close()

    def __del__(self) -> None:
        self.close()


def estimate_disparity(
    info: ClipInfo,
    frame_count: int,
    estimator: Estimator,
    *,
    shown: range | None = None,
    times: np.ndarray | None = None,
    progress: Progress | None = None,
) -> EstimatedDisparity:
    """Disparity of every frame of a clip, from the cache if it was estimated before.

    Args:
        info: the clip.
        frame_count: of the whole source.
        shown: only these frames are looked at, the others repeat the nearest; None for all.
        times: (frames,) seconds of every frame; needed with `shown`.
        progress: called with the number of frames done and to do.

    Raises:
        InputError: the clip cannot be read to its end.
    """
    part = None if shown is None or len(shown) >= frame_count else (shown.start, shown.stop)
    expected = frame_count if part is None else part[1] - part[0]
    key = clip_key(info.path, VERSION, estimator.identity, part)

    def make(file: Path) -> None:
        pictures = _pictures(info, part, times)
        write_maps(
            file, _counted(estimator.estimate(pictures), expected, progress), expected, (part or (0,))[0]
        )

    resources = ExitStack()
    file = resources.enter_context(cached(key, make))
    maps = MapFile(file, estimator.name, frame_count)
    return EstimatedDisparity(maps, resources, metric=getattr(estimator, "metric", False))


def _pictures(info: ClipInfo, part: tuple[int, int] | None, times: np.ndarray | None) -> Iterator[np.ndarray]:
    if part is None or times is None:
        limits = {}
    else:
        limits = {"start": float(times[part[0]])}
        if part[1] < len(times):
            limits["end"] = float(times[part[1]])
    with open_again(info, **limits) as clip:
        for frame in clip:
            if part is None or part[0] <= frame.index < part[1]:
                yield eight_bit(frame.pixels)


def _counted(maps: Iterator[np.ndarray], expected: int, progress: Progress | None) -> Iterator[np.ndarray]:
    for done, one in enumerate(maps, 1):
        yield one
        if progress is not None:
            progress(done, expected)
