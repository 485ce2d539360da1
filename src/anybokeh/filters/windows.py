"""Frames of a clip as several want to see them: each with those around it, or each at its own pace."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def windows(items: Iterable[T], reach: int) -> Iterator[tuple[list[T], int]]:
    """Each item with up to `reach` before and after it, and its place among them."""
    around: deque[T] = deque(maxlen=2 * reach + 1)
    ahead = -1
    for one in items:
        around.append(one)
        ahead += 1
        if ahead == reach:
            yield list(around), len(around) - 1 - ahead
            ahead -= 1
    while ahead >= 0:
        if len(around) - 1 - ahead > reach:
            around.popleft()
        yield list(around), len(around) - 1 - ahead
        ahead -= 1


def twice(items: Iterable[T]) -> tuple[Iterator[T], Iterator[T]]:
    """The same items two times over, each taken as it is asked for; both in one thread.

    Only what one has taken and the other has not is kept, unlike that of `itertools.tee`.
    """
    source = iter(items)
    waiting: tuple[deque[T], deque[T]] = deque(), deque()

    def taken(own: deque[T]) -> Iterator[T]:
        while True:
            if not own:
                try:
                    one = next(source)
                except StopIteration:
                    return
                for each in waiting:
                    each.append(one)
                del one
            yield own.popleft()

    return taken(waiting[0]), taken(waiting[1])
