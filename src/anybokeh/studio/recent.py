"""The last few frames that were looked at, with their disparity."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Recent(Generic[K, T]):
    """Keeps the results of `make(key)` for the last `keep` keys asked for."""

    def __init__(self, make: Callable[[K], T], keep: int) -> None:
        self._make = make
        self._keep = keep
        self._kept: OrderedDict[K, T] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, key: K) -> T:
        """The result for a key; two callers at once may both make it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        result = self._make(key)
        with self._lock:
            self._kept[key] = result
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return result

    def known(self, key: K) -> T | None:
        """The result for a key if it is kept."""
        with self._lock:
            return self._kept.get(key)

    def forget(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()
