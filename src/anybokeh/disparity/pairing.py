"""Which map belongs to which frame, where they are not simply one a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from anybokeh.clip import ClipInfo
from anybokeh.clip.sequences import missing_numbers, runs_text
from anybokeh.disparity.files import DisparitySource, FileDisparity
from anybokeh.disparity.metres import Metres
from anybokeh.disparity.official import OfficialTrack
from anybokeh.errors import InputError
from anybokeh.settings import DisparityTiming as Timing

_SLACK = 2
"""Maps too few or too many at the end that models and editors make of a clip, and that matter to nobody."""
_SAME_LENGTH = 0.02
"""Share of a clip's duration by which that of its maps may differ."""


@dataclass(frozen=True)
class PairedDisparity:
    """A source seen frame by frame. order: (frames,) map of each frame."""

    source: FileDisparity
    order: np.ndarray

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def count(self) -> int:
        return len(self.order)

    @property
    def size(self) -> tuple[int, int] | None:
        return self.source.size

    @property
    def metres(self) -> Metres | None:
        return self.source.metres

    @property
    def official(self) -> OfficialTrack | None:
        track = self.source.official
        if track is None:
            return None
        return OfficialTrack(track.focus[self.order], None if track.blur is None else track.blur[self.order])

    def read(self, index: int, frame: np.ndarray | None = None) -> np.ndarray:
        return self.source.read(int(self.order[index]), frame)


def paired(
    source: DisparitySource, info: ClipInfo, times: np.ndarray, timing: Timing | None = None
) -> tuple[DisparitySource, tuple[str, ...]]:
    """A source with one map for every frame of a clip, and one-line remarks for the user.

    Args:
        times: (frames,) seconds of the clip's frames.
        timing: `by-number` of images, or by place where they have none; `by-time` of videos; `stretch`
            spreads all maps over the clip. None takes numbers where both have them, else places, else times.

    Raises:
        InputError: maps and frames do not fit together.
    """
    if timing is not None and timing not in get_args(Timing):
        raise InputError(f"disparity timing is {timing!r}: expected {', '.join(get_args(Timing))}")
    if not isinstance(source, FileDisparity):
        return source, ()
    found, note = _order(source, info.numbers, times, timing)
    if len(found) == source.count and np.array_equal(found, np.arange(source.count)):
        return source, note
    return PairedDisparity(source, found), note


def _order(
    source: FileDisparity, numbers: Sequence[int] | None, times: np.ndarray, timing: Timing | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    frames, maps = len(times), source.count
    counts = f"{source.name}: {maps} disparity maps for {frames} frames"
    if timing == "stretch":
        return np.floor(np.linspace(0.5, maps - 0.5, frames)).astype(int), (
            f"{counts}: spread over the clip",
        )
    if timing == "by-time":
        if source.times is None:
            raise InputError(f"{source.name}: has no frame rate to pair by time; choose by-number or stretch")
        return _nearest(source.times, times), ()
    if numbers is not None and source.numbers is not None:
        return by_number(source.name, numbers, source.numbers)
    fits = abs(maps - frames) <= _SLACK
    if not fits and timing is None and source.times is not None and _last_as_long(source.times, times):
        return _nearest(source.times, times), (f"{counts}: paired by time",)
    if not fits:
        raise InputError(
            f"{source.name}: holds {maps} disparity maps but the clip has {frames} frames; expected one map a"
            f" frame{_gaps(source.numbers)}"
        )
    order = np.minimum(np.arange(frames), maps - 1)
    if maps == frames:
        return order, ()
    what = "the last map is held" if maps < frames else "those at the end are left out"
    return order, (f"{counts}: {what}",)


def by_number(
    name: str, numbers: Sequence[int], of_maps: Sequence[int], kind: str = "disparity maps"
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The map of each frame by number, from wherever both begin to count if not from the same; remarks.

    Args:
        name: of the maps in messages.
        numbers: of the frames, ascending.
        of_maps: numbers of the maps, ascending.
        kind: what the maps are.

    Raises:
        InputError: a frame has none.
    """
    short = kind.split()[-1]
    for begin, first in ((0, 0), (numbers[0], of_maps[0])):
        place = {number - first: index for index, number in enumerate(of_maps)}
        if all(number - begin in place for number in numbers):
            order = np.array([place[number - begin] for number in numbers])
            unused = len(of_maps) - len(numbers)
            note = f"{name}: paired with the images by number; {unused} {short} have no image"
            return order, (note,) if unused else ()
    if abs(len(numbers) - len(of_maps)) <= _SLACK and _counts_on(numbers) and _counts_on(of_maps):
        order = np.minimum(np.arange(len(numbers)), len(of_maps) - 1)
        return order, (f"{name}: {len(of_maps)} {short} for {len(numbers)} images: the last is held",)
    known = set(of_maps)
    lacking = [number for number in numbers if number not in known]
    missing = runs_text(_runs(lacking))
    raise InputError(
        f"{name}: has no {kind} for the images {missing} of the clip's {len(numbers)}; expected one"
        " a frame, of the same number"
    )


def _counts_on(numbers: Sequence[int]) -> bool:
    return numbers[-1] - numbers[0] + 1 == len(numbers)


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    return runs


def _gaps(numbers: Sequence[int] | None) -> str:
    """What numbers of maps tell of those that are missing, and what else to do."""
    gaps = [] if numbers is None else missing_numbers(numbers)
    if gaps:
        return f": {runs_text(gaps)} are missing"
    return ", or --disparity-timing stretch"


def _last_as_long(maps: np.ndarray, frames: np.ndarray) -> bool:
    return abs(_duration(maps) / _duration(frames) - 1) <= _SAME_LENGTH


def _duration(times: np.ndarray) -> float:
    """Seconds with the last frame, which lasts as long as others do."""
    if len(times) < 2:
        return 1e-3
    return float(times[-1] - times[0]) * len(times) / (len(times) - 1)


def _nearest(maps: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """The map that is shown when each frame is, or the one that follows at once."""
    middle = (maps[1:] + maps[:-1]) / 2
    return np.searchsorted(middle, frames)
