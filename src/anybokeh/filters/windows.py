"""Each frame of a clip with those around it."""

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
