"""Frames that cannot be decoded: where they are, and the last good one in their place.

A frame is damaged where its packet cannot be decoded or is marked so, and with it all that build upon it, up
to the next key frame. What a decoder makes up without saying so is not noticed.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from fractions import Fraction
from typing import TypeVar, get_args

from anybokeh.errors import InputError
from anybokeh.settings import OnDamage

T = TypeVar("T")


def check_on_damage(value: str) -> None:
    """Raise InputError for what is neither fail nor repeat."""
    if value not in get_args(OnDamage):
        raise InputError(f"on damage is {value!r}: expected {' or '.join(get_args(OnDamage))}")


class Suspects:
    """Which frames must not be shown, found packet by packet in order of decoding."""

    def __init__(self) -> None:
        self._broken = False
        self._leading: int | None = None
        self._bad: set[int] = set()

    def packet(self, pts: int | None, key: bool, damaged: bool) -> None:
        """The next packet, before it is decoded."""
        if key and not damaged:
            # what is shown before a key frame but comes after it may build upon frames before
            self._leading = pts if self._broken else None
            self._broken = False
        elif damaged:
            self._broken = True
        if pts is not None and (self._broken or (self._leading is not None and pts < self._leading)):
            self._bad.add(pts)

    def failed(self, pts: int | None) -> None:
        """That packet could not be decoded."""
        self._broken = True
        if pts is not None:
            self._bad.add(pts)

    def is_bad(self, pts: int | None) -> bool:
        """Whether a decoded frame builds upon damage."""
        return pts in self._bad


def mended(
    frames: Iterator[tuple[int, Fraction | None, T]],
    times: tuple[int, ...],
    from_start: bool,
    repeated: set[int],
) -> Iterator[tuple[int, Fraction | None, T]]:
    """The frames, and for every time at which one is missing the good one before it, or else the one after.

    Args:
        times: at which there should be a frame, ascending.
        from_start: whether the first of them is asked for; else the times begin with the first frame.
        repeated: receives the times of what was filled in.
    """
    place = 0 if from_start else None
    last: T | None = None
    for pts, duration, frame in frames:
        found = bisect.bisect_left(times, pts)
        place = found if place is None else place
        for missing in times[place:found]:
            repeated.add(missing)
            yield missing, None, frame if last is None else last
        yield pts, duration, frame
        last, place = frame, max(place, found + 1)
    if last is not None and place is not None:
        for missing in times[place:]:
            repeated.add(missing)
            yield missing, None, last
