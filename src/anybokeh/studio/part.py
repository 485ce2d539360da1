"""The part of a clip that is rendered, in frames, and the seconds that choose exactly these frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from anybokeh.errors import InputError

_DIGITS = range(4, 10)


@dataclass(frozen=True)
class Part:
    """Frames from `first` to `last`, both with it; None is the clip's own. Raises InputError."""

    first: int | None = None
    last: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("first", self.first), ("last", self.last)):
            is_frame = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            if not (value is None or is_frame):
                raise InputError(f"{name} is {value!r:.40}: expected a frame, counted from 0, or null")
        if self.last is not None and self.last < (self.first or 0):
            raise InputError(f"last is {self.last}: expected the first frame ({self.first}) or a later one")

    def to_json(self) -> dict[str, Any]:
        """For the page and for the disk."""
        return {"first": self.first, "last": self.last}

    def seconds(self, times: np.ndarray) -> tuple[float | None, float | None]:
        """`start` and `end` of a render of exactly these frames; None where the clip begins or ends.

        times: (frames,) seconds of every frame of the clip, exact. Raises InputError for frames that it has
        not.
        """
        count = len(times)
        for name, value in (("first", self.first), ("last", self.last)):
            if value is not None and value >= count:
                frames = f"the clip has frames 0 to {count - 1}"
                raise InputError(f"{name} is {value}: {frames}; mark In and Out again")
        end = None if self.last is None or self.last == count - 1 else _at(times, self.last + 1)
        return (_at(times, self.first) if self.first else None), end

    @classmethod
    def of_seconds(cls, start: float | None, end: float | None, times: np.ndarray) -> Part:
        """What `start` and `end` meant that lie on frames but were rounded.

        times: (frames,) seconds of every frame.
        """
        last = len(times) - 1
        first = None if start is None else int(np.abs(times - start).argmin())
        after = last + 1 if end is None or end > times[-1] else int(np.abs(times - end).argmin())
        return cls(first or None, None if after > last else max(after - 1, first or 0))


def _at(times: np.ndarray, frame: int) -> float:
    """Seconds that divide a frame from the one before it: short to read, and never later than the frame."""
    before, time = float(times[frame - 1]), float(times[frame])
    for digits in _DIGITS:
        short = math.floor(time * 10**digits + 1e-6) / 10**digits
        if short > before:
            return short
    return time
