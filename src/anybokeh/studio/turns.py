"""Whose turn it is: of several clips that are looked through, the one that is shown goes first."""

from __future__ import annotations

import threading
from collections.abc import Callable

_SECONDS = 0.3


class Turns:
    """Work on clips by their keys; what is not shown waits until what is shown is done."""

    def __init__(self) -> None:
        self._state = threading.Condition()
        self._shown = ""
        self._working: set[str] = set()

    def show(self, key: str) -> None:
        """This clip goes first from now on."""
        with self._state:
            self._shown = key
            self._state.notify_all()

    def begin(self, key: str) -> None:
        """Work on a clip begins."""
        with self._state:
            self._working.add(key)

    def end(self, key: str) -> None:
        """Work on a clip has ended."""
        with self._state:
            self._working.discard(key)
            self._state.notify_all()

    def wait(self, key: str, check: Callable[[], None]) -> None:
        """Wait for the turn of a clip; check is called now and then and may raise."""
        with self._state:
            while self._shown not in (key, "") and self._shown in self._working:
                self._state.wait(_SECONDS)
                check()
