"""Threads that let decoding, rendering and encoding overlap, joined by bounded queues."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Generic, TypeVar

from anybokeh.runtime.stages import WAIT, stage

T = TypeVar("T")

DEPTH = 2  # frames waiting in each queue


class Closed(Exception):
    """The other side of a channel has gone away."""


class Channel(Generic[T]):
    """A bounded queue that either side can close; waiting costs nothing and ends at once on close."""

    def __init__(self, depth: int) -> None:
        self._items: deque[T] = deque()
        self._depth = depth
        self._state = threading.Condition()
        self._finished = False
        self._aborted = False

    def put(self, item: T) -> None:
        """Append an item, waiting for room; raise Closed once the channel was finished or aborted."""
        with stage(WAIT), self._state:
            self._state.wait_for(lambda: len(self._items) < self._depth or self._finished)
            if self._finished:
                raise Closed
            self._items.append(item)
            self._state.notify_all()

    def wait_for_room(self) -> None:
        """Wait until an item can be put; raise Closed once the channel was finished or aborted."""
        with stage(WAIT), self._state:
            self._state.wait_for(lambda: len(self._items) < self._depth or self._finished)
            if self._finished:
                raise Closed

    def get(self) -> T:
        """Take the oldest item, waiting for one; raise Closed when finished and empty, or aborted."""
        with stage(WAIT), self._state:
            self._state.wait_for(lambda: self._items or self._finished)
            if self._aborted or not self._items:
                raise Closed
            item = self._items.popleft()
            self._state.notify_all()
            return item

    def finish(self) -> None:
        """No more items will be put; those waiting can still be taken."""
        with self._state:
            self._finished = True
            self._state.notify_all()

    def abort(self) -> None:
        """End both sides at once and drop what is waiting."""
        with self._state:
            self._finished = self._aborted = True
            self._items.clear()
            self._state.notify_all()


def ahead(iterable: Iterable[T], depth: int = DEPTH) -> Iterator[T]:
    """Iterate in a thread of its own, at most `depth` items ahead of the consumer.

    An exception of the iterable is raised here, after the items before it. Closing the generator early
    (leaving a for loop and dropping it, `contextlib.closing`, an interrupt) stops and joins the thread,
    and closes the iterable if it is a generator.
    """
    channel: Channel[T] = Channel(depth)
    failure: list[BaseException] = []

    def produce() -> None:
        try:
            iterator = iter(iterable)
            while True:
                # an item that had to wait for room would be one more in memory
                channel.wait_for_room()
                channel.put(next(iterator))
        except (Closed, StopIteration):
            pass
        except BaseException as error:
            failure.append(error)
        finally:
            close = getattr(iterable, "close", None)
            if close is not None:
                close()
            channel.finish()

    thread = threading.Thread(target=copy_context().run, args=(produce,), name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            try:
                # a variable would keep the item while the consumer works
                yield channel.get()
            except Closed:
                break
    finally:
        channel.abort()
        thread.join()
    if failure:
        raise failure[0]


class Behind(Generic[T]):
    """Hands items to `consume` in a thread of its own, at most `depth` items behind the caller.

    An exception of `consume` is raised at the next `put` or at `finish`.
    """

    def __init__(self, consume: Callable[[T], None], depth: int = DEPTH) -> None:
        self._channel: Channel[T] = Channel(depth)
        self._failure: BaseException | None = None
        self._consume = consume
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._work,), name="behind", daemon=True
        )
        self._thread.start()

    def _work(self) -> None:
        try:
            while True:
                self._consume(self._channel.get())
        except Closed:
            pass
        except BaseException as error:
            self._failure = error
            self._channel.abort()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure from None

    def put(self, item: T) -> None:
        """Queue one item, waiting for room."""
        try:
            self._channel.put(item)
        except Closed:
            self._thread.join()
            self._raise_failure()
            raise

    def finish(self) -> None:
        """Wait until every queued item is consumed."""
        self._channel.finish()
        self._thread.join()
        self._raise_failure()

    def abort(self) -> None:
        """Drop what is queued and wait for the item at work."""
        self._channel.abort()
        self._thread.join()
