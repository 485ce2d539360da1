"""Ending at a signal without leaving anything behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Raise KeyboardInterrupt at the first signal to end; later ones must not interrupt the cleaning up.

    Yields a list that receives the signal's number. Only for the main thread.
    """
    received: list[int] = []

    def interrupt(number: int, frame: Any) -> None:
        received.append(number)
        if len(received) == 1:
            raise KeyboardInterrupt

    # what was started with a signal ignored, as by nohup, goes on ignoring it
    before = _handle(interrupt, lambda handler: handler not in (signal.SIG_IGN, None))
    try:
        yield received
    finally:
        # the program ends after a signal, and a second one should not disturb that either
        if not received:
            _restore(before)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold signals back that raise exceptions until the block has ended."""
    held: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = _handle(lambda number, frame: held.append(number), callable)
    try:
        yield
    finally:
        _restore(before)
    if held:
        signal.raise_signal(held[0])


def _handle(handler: Callable[[int, Any], Any], replaces: Callable[[Any], bool]) -> dict[int, Any]:
    """Install a handler in place of those that `replaces` accepts, and return these."""
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    before = {number: old for number, old in before.items() if replaces(old)}
    for number in before:
        signal.signal(number, handler)
    return before


def _restore(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
