"""The last few frames that were looked at, with their disparity."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Keeps the results of `make(index)` for the last `keep` indices asked for."""

    def __init__(self, make: Callable[[int], T], keep: int) -> None:
        self._make = make
        self._keep = keep
        self._kept: OrderedDict[int, T] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, index: int) -> T:
        """The result for an index; two callers at once may both make it."""
        with self._lock:
            if index in self._kept:
                self._kept.move_to_end(index)
                return self._kept[index]
        result = self._make(index)
        with self._lock:
            self._kept[index] = result
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return result

    def forget(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
