"""Constant bars around the picture: letterbox and pillars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_DARK = 0.12
"""Largest code value of bars."""
_EQUAL = 5 / 255
"""How far pixels of bars may be off, after compression."""
_STRAY = 0.01
"""Share of a row's pixels that may be off more."""
_STEP = 10 / 255
"""How much brighter the picture has to be at the bars, in its brightest moment."""
_LEAST, _MOST = 0.02, 0.35
"""Share of the picture's height or width that a bar has."""
_RINGING = 8
"""Rows next to the picture that compression may have disturbed."""
_OUTER = 8
"""One part in so many of a row's ends, which is free of titles."""


@dataclass(frozen=True)
class Inside:
    """The part of the picture between bars, rows from `top` to `bottom`, columns from `left` to `right`."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Of arrays (height, width, ...)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def find_bars(pictures: Sequence[np.ndarray]) -> Inside | None:
    """What lies between the bars that all pictures of a clip have, None where there are none.

    A bar is dark, of one colour, reaches from side to side, and ends at once. Titles may stand in one of two
    opposite bars; then the other one tells how far both reach.

    Args:
        pictures: (height, width, 3) float32 in [0, 1], of moments far apart.
    """
    if not pictures:
        return None
    height, width = pictures[0].shape[:2]
    rows = _inset(pictures)
    middle = [picture[rows[0] : height - rows[1]] for picture in pictures]
    columns = _inset([picture.swapaxes(0, 1) for picture in middle])
    if not any((*rows, *columns)):
        return None
    return Inside(rows[0], height - rows[1], columns[0], width - columns[1])


def _inset(pictures: Sequence[np.ndarray]) -> tuple[int, int]:
    """Rows of the bars at the beginning and at the end."""
    colour = np.median([picture[[0, -1]].reshape(-1, 3) for picture in pictures], (0, 1))
    if colour.max() > _DARK:
        return 0, 0
    length, most = len(pictures[0]), int(len(pictures[0]) * _MOST)
    ends = slice(0, most), slice(length - 1, length - 1 - most, -1)
    first, last = (_Rows.of([picture[end] for picture in pictures], colour) for end in ends)
    begin, end = first.bar(), last.bar()
    if begin != end:
        deepest = max(begin, end)
        begin, end = (one.bar_with_titles(own, deepest) for one, own in ((first, begin), (last, end)))
    least = max(2, int(length * _LEAST))
    return begin if begin >= least else 0, end if end >= least else 0


@dataclass(frozen=True)
class _Rows:
    """What rows, counted from the picture's border, are like in all pictures.

    Attributes:
        is_bar: whether they have the bar's colour from side to side.
        is_clear: whether they have at both ends.
        brighter: how much brighter than the bar they are in the brightest picture.
    """

    is_bar: np.ndarray
    is_clear: np.ndarray
    brighter: np.ndarray

    @classmethod
    def of(cls, parts: Sequence[np.ndarray], colour: np.ndarray) -> _Rows:
        """parts: (rows, columns, 3) of each picture."""
        off = [np.abs(part - colour).max(2) > _EQUAL for part in parts]
        outer = max(1, parts[0].shape[1] // _OUTER)
        ends = [np.concatenate([one[:, :outer], one[:, -outer:]], 1) for one in off]
        brighter = [np.median((part - colour).max(2), 1) for part in parts]
        return cls(
            np.all([one.mean(1) <= _STRAY for one in off], 0),
            np.all([one.mean(1) <= _STRAY for one in ends], 0),
            np.max(brighter, 0),
        )

    def bar(self) -> int:
        """Rows of the bar, 0 where none ends at once."""
        return self._ending_near(_leading(self.is_bar))

    def bar_with_titles(self, own: int, opposite: int) -> int:
        """The same, where the opposite bar has so many rows: titles may hide where it ends."""
        is_clear = opposite > own and _leading(self.is_clear) >= opposite - _RINGING
        return self._ending_near(opposite - 2) if is_clear else own

    def _ending_near(self, row: int) -> int:
        """The first row of the picture at that row or a few later, without one that is a mixture; else 0."""
        bright = self.brighter[row : row + _RINGING] >= _STEP
        if row <= 0 or not bright.any():
            return 0
        first = row + int(np.argmax(bright))
        is_mixture = first + 1 < len(self.brighter) and self.brighter[first] < 0.7 * self.brighter[first + 1]
        return first + int(is_mixture)


def _leading(true: np.ndarray) -> int:
    """How many are true from the first on."""
    return len(true) if true.all() else int(np.argmin(true))
